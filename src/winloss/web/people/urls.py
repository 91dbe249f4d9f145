from __future__ import annotations

from django.urls import path

from winloss.web.people import views

app_name = "people"
urlpatterns = [
    path("", views.people, name="list"),
    path("first", views.first, name="first"),
    path("join/<str:token>", views.join, name="join"),
    path("invite", views.invite, name="invite"),
    path("invitations/<uuid:id_>/renew", views.renew, name="renew"),
    path("invitations/<uuid:id_>/withdraw", views.withdraw, name="withdraw"),
    path("teams", views.teams, name="teams"),
    path("teams/<uuid:id_>", views.team, name="team"),
    path("teams/<uuid:id_>/remove", views.remove_team, name="remove_team"),
    path("me", views.me, name="me"),
    path("me/sessions/<int:id_>/end", views.end_session, name="end_session"),
    path("me/sessions/end-others", views.end_other_sessions, name="end_other_sessions"),
    path("me/tokens", views.make_token, name="make_token"),
    path("me/tokens/<uuid:id_>/revoke", views.revoke_token, name="revoke_token"),
    path("tokens/<uuid:id_>/revoke", views.revoke_theirs, name="revoke_theirs"),
    path("<uuid:id_>", views.person, name="person"),
    path("<uuid:id_>/deactivate", views.deactivate, name="deactivate"),
    path("<uuid:id_>/reactivate", views.reactivate, name="reactivate"),
    path("<uuid:id_>/link", views.link, name="link"),
    path("<uuid:id_>/factor-off", views.factor_off, name="factor_off"),
    path("<uuid:id_>/sign-out", views.sign_out, name="sign_out"),
]
