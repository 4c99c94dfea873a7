package io.orizuru.config;

import java.util.Locale;

/** What can be set by a flag, an environment variable and a line of the file, under one name. */
enum Setting {
    DATA("data", "DIR", "the data directory (default: ./data)"),
    LISTEN("listen", "HOST:PORT", "where the API listens (default: 127.0.0.1:8080)"),
    ROUTER_LISTEN("router-listen", "HOST:PORT", "where the built-in router listens (default: 127.0.0.1:8081)"),
    DOMAIN("domain", "NAME", "below which apps get their names (default: apps.localhost)"),
    DATABASE_URL("database-url", "URL", "a PostgreSQL server (default: an embedded one in the data directory)"),
    KEY_FILE("key-file", "FILE", "the key that secrets are encrypted with (default: in the data directory)"),
    ADMIN_EMAIL("admin-email", "EMAIL", "the first administrator (default: admin@ and the domain)"),
    TLS_CERTIFICATE("tls-certificate", "FILE", "certificate chain of the API, PEM; read again when it changes"),
    TLS_KEY("tls-key", "FILE", "private key of the certificate, PEM"),
    TRUSTED_PROXIES("trusted-proxies", "CIDR,...", "proxies whose X-Forwarded-* headers are believed"),
    ISOLATION("isolation", "MODE", "required or best-effort (default: required as root, else best-effort)"),
    UNIT_USERS("unit-users", "FIRST-LAST", "user numbers of apps, one each, as root (default: 200000-265535)"),
    STOP_UNITS("stop-units", "true|false", "whether units end with the server (default: false)"),
    LOG_FORMAT("log-format", "FORMAT", "json or pretty (default: pretty on a terminal, else json)");

    final String key;
    final String label;
    final String description;

    Setting(String key, String label, String description) {
        this.key = key;
        this.label = label;
        this.description = description;
    }

    String flag() {
        return "--" + key;
    }

    String variable() {
        return "ORIZURU_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
