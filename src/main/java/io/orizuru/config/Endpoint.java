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

    /** Whether only programs of this machine can connect to it. */
    public boolean isLoopback() {
        return isLoopback(host);
    }

    /** Whether the host is {@code localhost} or a literal address of the loopback; other names may lead anywhere. */
    static boolean isLoopback(String host) {
        return host.equals("localhost")
                || host.equals("::1")
                || host.equals("[::1]")
                || host.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
