from __future__ import annotations

from django.urls import path

from winloss.web.sources import views

app_name = "sources"
urlpatterns = [
    path("uploads/", views.uploads, name="list"),
    path("uploads/new", views.upload, name="upload"),
    path("uploads/<uuid:upload_id>/", views.one, name="one"),
    path("uploads/<uuid:upload_id>/map", views.save, name="save"),
    path("uploads/<uuid:upload_id>/map.toml", views.map_file, name="map"),
    path("uploads/<uuid:upload_id>/map/file", views.take_map, name="take_map"),
    path("uploads/<uuid:upload_id>/map/anew", views.anew, name="anew"),
    path("uploads/<uuid:upload_id>/import", views.land, name="land"),
    path("uploads/<uuid:upload_id>/again", views.again, name="again"),
    path("uploads/<uuid:upload_id>/remove", views.remove, name="remove"),
    path("uploads/<uuid:upload_id>/rejects.csv", views.rejects, name="rejects"),
    path("maps/<uuid:map_id>/forget", views.forget_map, name="forget_map"),
    path("versions/", views.versions, name="versions"),
    path("versions/<int:number>/", views.version, name="version"),
    path("versions/undo", views.undo, name="undo"),
]
