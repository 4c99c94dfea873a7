package io.orizuru.config;

import java.util.Locale;

/** What can be set by a flag, an environment variable and a line of the file, under one name. */
enum Setting {
    DATA("data", "DIR", "the data directory (default: ./data)"),
    LISTEN("listen", "HOST:PORT", "where the API listens (default: 127.0.0.1:8080)"),
    ROUTER_LISTEN("router-listen", "HOST:PORT", "where the built-in router listens (default: 127.0.0.1:8081)"),
    ROUTER_TLS_LISTEN("router-tls-listen", "HOST:PORT", "where the built-in router listens for TLS (default: nowhere)"),
    ROUTER(
            "router",
            "WHERE",
            "own-process: the router serves on when the server dies; in-process; or none: as --no-router (default:"
                    + " own-process)"),
    NO_ROUTER("no-router", "true|false", "start no router: ./orizuru router runs apart, and is told its routes"),
    ROUTER_ADMIN(
            "router-admin",
            "URL,...",
            "with --no-router: where routers that run apart are told (default: where --router-admin-listen says)"),
    ROUTER_ADMIN_LISTEN(
            "router-admin-listen",
            "WHERE",
            "where ./orizuru router is told its routes, and tells its health: unix:PATH or HOST:PORT (default: a Unix"
                    + " socket in the data directory)"),
    ROUTER_CREDENTIAL_FILE(
            "router-credential-file",
            "FILE",
            "what routers that run apart are told with; made if it is missing (default: in the data directory)"),
    ROUTER_AUTHORITIES(
            "router-authorities", "FILE", "with an https --router-admin: whose certificates are believed, PEM"),
    DOMAIN("domain", "NAME", "below which apps get their names (default: apps.localhost)"),
    DATABASE_URL("database-url", "URL", "a PostgreSQL server (default: an embedded one in the data directory)"),
    KEY_FILE("key-file", "FILE", "the key that secrets are encrypted with (default: in the data directory)"),
    ADMIN_EMAIL("admin-email", "EMAIL", "the first administrator (default: admin@ and the domain)"),
    TLS_CERTIFICATE("tls-certificate", "FILE", "certificate chain of the API, PEM; read again when it changes"),
    TLS_KEY("tls-key", "FILE", "private key of the certificate, PEM"),
    TRUSTED_PROXIES("trusted-proxies", "CIDR,...", "proxies whose X-Forwarded-* headers are believed"),
    ISOLATION("isolation", "MODE", "required or best-effort (default: required as root, else best-effort)"),
    UNIT_USERS("unit-users", "FIRST-LAST", "user numbers of apps, one each, as root (default: 200000-265535)"),
    STOP_UNITS("stop-units", "true|false", "whether units end with the last server of the machine (default: false)"),
    LOG_FORMAT("log-format", "FORMAT", "json or pretty (default: pretty on a terminal, else json)");

    final String key;
    final String label;
    final String description;

    Setting(String key, String label, String description) {
        this.key = key;
        this.label = label;
        this.description = description;
    }

    /** Whether its flag may stand without a value, which means true. */
    boolean isSwitch() {
        return label.equals("true|false");
    }

    String flag() {
        return "--" + key;
    }

    String variable() {
        return "ORIZURU_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
