-- Found by the alert that is erased: those whom it was shown to.
create index inbox_of_alert on inbox (alert_id);
