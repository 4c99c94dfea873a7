package io.orizuru.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** Where a router that runs apart is told its routes. */
public sealed interface AdminListen {
    /** An address, which other machines may reach. */
    record Tcp(Endpoint endpoint) implements AdminListen {
        @Override
        public String toString() {
            return endpoint.toString();
        }
    }

    /** A Unix socket, which programs of this user on this machine reach. */
    record Unix(Path socket) implements AdminListen {
        @Override
        public String toString() {
            return "unix:" + socket;
        }
    }

    /** Whether only programs of this machine can connect to it. */
    default boolean isLocal() {
        return switch (this) {
            case Tcp(Endpoint endpoint) -> endpoint.isLoopback();
            case Unix unix -> true;
        };
    }

    /** How a server of this machine calls it. */
    default URI uri() {
        return switch (this) {
            case Tcp(Endpoint endpoint) -> URI.create("http://" + endpoint);
            case Unix(Path socket) -> uri(socket);
        };
    }

    /** What leads to a Unix socket. */
    static URI uri(Path socket) {
        try {
            return new URI("unix", null, socket.toAbsolutePath().toString(), null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("\"" + socket + "\" cannot be written as an address", e);
        }
    }
}
