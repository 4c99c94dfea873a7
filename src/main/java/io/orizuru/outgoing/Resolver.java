package io.orizuru.outgoing;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Turns a name into its addresses. Asked once for each connection; literal addresses never get here. */
@FunctionalInterface
public interface Resolver {
    /**
     * All addresses of a name, in the order in which they should be tried.
     *
     * @throws UnknownHostException if it has none
     */
    List<InetAddress> resolve(String name) throws UnknownHostException;

    /** The operating system's. */
    static Resolver system() {
        return name -> List.of(InetAddress.getAllByName(name));
    }
}
