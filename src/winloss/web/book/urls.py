from __future__ import annotations

from django.urls import path

from winloss.web.book import views

app_name = "book"
urlpatterns = [
    path("deals/", views.deals, name="deals"),
    path("deals.csv", views.download, name="download"),
    path("deals/<path:deal_id>", views.deal, name="deal"),
    path("segment", views.filter_by, name="filter"),
    path("segments/", views.segments, name="segments"),
    path("segments/save", views.save_segment, name="save_segment"),
    path("segments/<uuid:name>/remove", views.remove_segment, name="remove_segment"),
]
