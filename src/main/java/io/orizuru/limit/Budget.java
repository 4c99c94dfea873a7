package io.orizuru.limit;

import io.orizuru.config.Settings;

/** What is counted, each for itself. */
public enum Budget {
    /** Every request of an address. */
    ADDRESS("address", "requests of one address"),
    /** Requests of an address whose answer costs much: those that hash a password. */
    LOGIN("login", "logins of one address"),
    /** Requests with a token, wherever they come from. */
    TOKEN("token", "requests with one token");

    private final String prefix;
    private final String what;

    Budget(String prefix, String what) {
        this.prefix = prefix;
        this.what = what;
    }

    String key(String who) {
        return prefix + "/" + who;
    }

    /** What is counted, in words. */
    public String what() {
        return what;
    }

    /** How many a minute; 0 for any number. */
    int perMinute(Settings.Limits limits) {
        return switch (this) {
            case ADDRESS -> limits.requestsPerAddress();
            case LOGIN -> limits.loginsPerAddress();
            case TOKEN -> limits.requestsPerToken();
        };
    }
}
