package io.orizuru.limit;

import io.orizuru.config.Network;
import io.orizuru.config.Settings;
import io.orizuru.files.Descriptors;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of the API: how many there are, in all and of each address, and which of them have no request under way.
 * Where there is no room, the one that has waited longest without a request makes it; so whoever only holds connections,
 * or sends heads of requests that never end, keeps nobody out.
 */
final class Connections {
    /** How long a new connection may take for the head of its first request, and for its TLS handshake. */
    static final Duration FIRST_HEAD = Duration.ofSeconds(30);
    /** How long a connection is kept for the next request, and how long its head may take. */
    static final Duration NEXT_HEAD = Duration.ofMinutes(2);

    /**
     * Of heads that have not come whole, in bytes, of all connections together. The decoder makes up to some thirty times as
     * much of them, however they are cut.
     */
    static final int MOST_OF_HEADS = 1 << 20;

    private final int most;
    private final int mostPerAddress;
    private final List<Network> proxies;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Peer, Connection> open = new HashMap<>();
    private final SequencedSet<Connection> waiting = new LinkedHashSet<>();
    private final Map<InetAddress, Address> addresses = new HashMap<>();
    private long heads;

    /** The other end of a connection: no two that are open at once have the same. */
    record Peer(String address, int port) {}

    private static final class Address {
        private final SequencedSet<Connection> waiting = new LinkedHashSet<>();
        private int count;
    }

    private static final class Connection {
        private final Peer peer;
        private final InetAddress address;
        private final Runnable close;
        private int requests;
        private long head;
        private boolean served;
        private long waitingSince;

        private Connection(Peer peer, InetAddress address, Runnable close) {
            this.peer = peer;
            this.address = address;
            this.close = close;
        }

        private boolean overdue(long now) {
            return now - waitingSince > (served ? NEXT_HEAD : FIRST_HEAD).toNanos();
        }
    }

    /**
     * @param descriptors what there is for connections, whatever the limits say
     * @param nanoTime a clock as {@link System#nanoTime}
     */
    Connections(Settings.Limits limits, Descriptors descriptors, List<Network> trustedProxies, LongSupplier nanoTime) {
        this.most = descriptors.ofApi(limits.connections());
        // Nobody holds all of them, however few there are.
        this.mostPerAddress =
                limits.connectionsPerAddress() == 0 ? 0 : Math.clamp(most * 3L / 4, 1, limits.connectionsPerAddress());
        this.proxies = trustedProxies;
        this.nanoTime = nanoTime;
    }

    /**
     * A connection was made.
     *
     * @param close ends it; may be called more than once
     * @return false when there is no room for it: it is to be closed without an answer
     */
    boolean opened(Peer peer, InetAddress from, Runnable close) {
        Connection displaced = null;
        lock.lock();
        try {
            Address address = addresses.computeIfAbsent(from, absent -> new Address());
            // Behind a proxy all clients have one address.
            boolean crowd = proxies.stream().anyMatch(proxy -> proxy.contains(from));
            if (mostPerAddress > 0 && !crowd && address.count >= mostPerAddress) {
                displaced = first(address.waiting);
                if (displaced == null) {
                    return false;
                }
            } else if (open.size() >= most) {
                displaced = first(waiting);
                if (displaced == null) {
                    forgetIfUnused(from, address);
                    return false;
                }
            }
            if (displaced != null) {
                remove(displaced);
            }
            Connection connection = new Connection(peer, from, close);
            open.put(peer, connection);
            Address counted = addresses.computeIfAbsent(from, absent -> new Address());
            counted.count++;
            waits(connection);
        } finally {
            lock.unlock();
        }
        if (displaced != null) {
            displaced.close.run();
        }
        return true;
    }

    private static @Nullable Connection first(SequencedSet<Connection> connections) {
        return connections.isEmpty() ? null : connections.getFirst();
    }

    void closed(Peer peer) {
        lock.lock();
        try {
            Connection connection = open.get(peer);
            if (connection != null) {
                remove(connection);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Bytes have come. They are of a head when no request is under way; where there are too many of those, the oldest goes. */
    void arrived(Peer peer, int bytes) {
        List<Connection> displaced = new ArrayList<>();
        lock.lock();
        try {
            Connection connection = open.get(peer);
            if (connection == null || connection.requests > 0) {
                return;
            }
            connection.head += bytes;
            heads += bytes;
            while (heads > MOST_OF_HEADS) {
                Connection oldest = waiting.stream()
                        .filter(other -> other.head > 0)
                        .findFirst()
                        .orElse(connection);
                displaced.add(oldest);
                remove(oldest);
            }
        } finally {
            lock.unlock();
        }
        displaced.forEach(connection -> connection.close.run());
    }

    private void forgetHead(Connection connection) {
        heads -= connection.head;
        connection.head = 0;
    }

    /** The head of a request has come. */
    void requestBegan(Peer peer) {
        lock.lock();
        try {
            Connection connection = open.get(peer);
            if (connection != null) {
                connection.requests++;
                forgetHead(connection);
                connection.served = true;
                waiting.remove(connection);
                address(connection).waiting.remove(connection);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A request was answered, or given up. */
    void requestEnded(Peer peer) {
        lock.lock();
        try {
            Connection connection = open.get(peer);
            if (connection != null && connection.requests > 0 && --connection.requests == 0) {
                waits(connection);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes the connections that have waited too long for a request. */
    void closeOverdue() {
        List<Connection> overdue;
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            overdue = waiting.stream()
                    .filter(connection -> connection.overdue(now))
                    .toList();
            overdue.forEach(this::remove);
        } finally {
            lock.unlock();
        }
        overdue.forEach(connection -> connection.close.run());
    }

    int count() {
        lock.lock();
        try {
            return open.size();
        } finally {
            lock.unlock();
        }
    }

    private void waits(Connection connection) {
        connection.waitingSince = nanoTime.getAsLong();
        waiting.add(connection);
        address(connection).waiting.add(connection);
    }

    private Address address(Connection connection) {
        return addresses.computeIfAbsent(connection.address, absent -> new Address());
    }

    private void remove(Connection connection) {
        open.remove(connection.peer, connection);
        forgetHead(connection);
        waiting.remove(connection);
        Address address = address(connection);
        address.waiting.remove(connection);
        address.count--;
        forgetIfUnused(connection.address, address);
    }

    private void forgetIfUnused(InetAddress key, Address address) {
        if (address.count == 0) {
            addresses.remove(key);
        }
    }
}
