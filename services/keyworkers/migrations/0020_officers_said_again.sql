-- Operations has to know as well who the privacy officers are, of places in force already too.
update place set announced_version = null;
