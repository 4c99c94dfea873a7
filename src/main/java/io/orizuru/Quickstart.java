package io.orizuru;

import io.orizuru.config.Settings;
import java.net.URI;

/** The tour of a fresh platform, through its own API, after it started. */
final class Quickstart {
    private Quickstart() {}

    /**
     * Takes the tour; what it made is printed, a line each.
     *
     * @param api where the API answers
     */
    @SuppressWarnings("SystemOut") // What a person reads.
    static void run(Settings settings, URI api) {
        System.out.println("API:   " + api);
        System.out.println("Login: " + settings.adminEmail());
    }
}
