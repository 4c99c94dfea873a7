package io.orizuru.router.builtin;

import io.netty.util.NetUtil;
import io.orizuru.router.Backend;
import io.orizuru.router.Traffic;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/** A unit's address as the data plane knows it, for as long as a route leads there or a request is under way. */
final class Upstream {
    /** What makes two backends the same place; their version does not. */
    record Key(String unit, String host, int port) {
        static Key of(Backend backend) {
            return new Key(backend.unit(), backend.host(), backend.port());
        }
    }

    private static final long NOT_EJECTED = Long.MIN_VALUE;

    final InetSocketAddress address;
    private final String unit;
    private final Absences absences;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicLongArray latencies = new AtomicLongArray(Traffic.SLOTS);
    private final AtomicLong failures = new AtomicLong();
    private volatile long ejectedUntil = NOT_EJECTED;
    private volatile boolean retired;

    /** One that is never known to be absent. */
    Upstream(Key key) {
        this(key, new Absences());
    }

    Upstream(Key key, Absences absences) {
        this.unit = key.unit();
        this.absences = absences;
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(key.host());
        if (bytes == null) {
            throw new IllegalArgumentException(
                    "the host \"" + key.host() + "\" of the unit " + key.unit() + " is not an IP address");
        }
        try {
            this.address = new InetSocketAddress(InetAddress.getByAddress(bytes), key.port());
        } catch (java.net.UnknownHostException e) {
            throw new IllegalArgumentException("the host \"" + key.host() + "\" is not an IP address", e);
        }
    }

    /**
     * Counts a request. The increment and the read of the route table that must follow are ordered against a switch's
     * write of the table and its read of this counter: either the request sees the new table, or the switch the request.
     */
    void enter() {
        inFlight.incrementAndGet();
    }

    /** @return whether it is idle now */
    boolean leave() {
        return inFlight.decrementAndGet() == 0;
    }

    int inFlight() {
        return inFlight.get();
    }

    /** A request has come to its answer's head, or to the certainty that there will be none, in so many nanoseconds. */
    void took(long nanos) {
        latencies.getAndIncrement(Traffic.slot(nanos));
    }

    /** A request failed, and it was this one's doing. */
    void failed() {
        failures.getAndIncrement();
    }

    Traffic.OfUnit traffic(String unit) {
        // Failures are read first: a request is counted before its failure is, so that there are never more of these.
        long failed = failures.get();
        return new Traffic.OfUnit(
                unit,
                failed,
                IntStream.range(0, Traffic.SLOTS).mapToObj(latencies::get).toList());
    }

    /** Leaves it out for a while: it refused a connection. */
    void eject(Duration time) {
        ejectedUntil = System.nanoTime() + time.toNanos();
    }

    /** How much is known against an upstream that is used all the same; in the order in which they are chosen. */
    enum Use {
        /** Nothing. */
        WELL,
        /** It refused a connection a moment ago. */
        EJECTED,
        /** Its process ended. It may be back just now; until then it refuses. */
        ABSENT
    }

    boolean allows(Use use) {
        if (absences.has(unit)) {
            // Where units share the loopback, another one may have its port.
            return use == Use.ABSENT && !address.getAddress().isLoopbackAddress();
        }
        return use != Use.WELL || !isEjected();
    }

    boolean isEjected() {
        long until = ejectedUntil;
        if (until == NOT_EJECTED) {
            return false;
        }
        if (System.nanoTime() - until < 0) {
            return true;
        }
        ejectedUntil = NOT_EJECTED;
        return false;
    }

    /** No route leads here any more (or one does again): connections are not kept. */
    void retire(boolean value) {
        retired = value;
    }

    boolean isRetired() {
        return retired;
    }
}
