package io.orizuru.router;

/**
 * One unit's address.
 *
 * @param unit the unit's id
 * @param host an IP address
 * @param port 1 to 65535
 * @param version the version that it runs, by which it has a part in the app's weights; 0 as older servers send it
 */
public record Backend(String unit, String host, int port, int version) {
    public Backend {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("the port " + port + " is not between 1 and 65535");
        }
    }
}
