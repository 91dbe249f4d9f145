"""A form's control with the classes that it looks right with."""

from __future__ import annotations

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def control(field: BoundField) -> SafeString:
    """The control of a field; marked where what was written cannot be taken."""
    widget = field.field.widget
    look = "form-control"
    if isinstance(widget, forms.CheckboxInput):
        look = "form-check-input"
    elif isinstance(widget, forms.Select):
        look = "form-select"
    attrs: dict[str, str | bool] = {"class": f"{look} is-invalid" if field.errors else look}
    said, label = str(widget.attrs.get("placeholder", "")).casefold(), str(field.label).casefold()
    if label in said or (said and said in label):
        attrs["placeholder"] = ""  # the label says it
    return field.as_widget(attrs=attrs)


@register.filter
def is_box(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)
