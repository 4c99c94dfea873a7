package io.orizuru.router;

/**
 * One unit's address.
 *
 * @param unit the unit's id
 * @param host an IP address
 * @param port 1 to 65535
 * @param weight its share among the app's backends, 1 or more
 */
public record Backend(String unit, String host, int port, int weight) {
    public Backend {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("the port " + port + " is not between 1 and 65535");
        }
        if (weight < 1) {
            throw new IllegalArgumentException("the weight " + weight + " is less than 1");
        }
    }
}
