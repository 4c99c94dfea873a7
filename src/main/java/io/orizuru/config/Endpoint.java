package io.orizuru.config;

/**
 * An address to listen on.
 *
 * @param host an IP address or a name, without brackets
 * @param port 0 (any free one) to 65535
 */
public record Endpoint(String host, int port) {
    public Endpoint {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("the port " + port + " is not between 0 and 65535");
        }
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
