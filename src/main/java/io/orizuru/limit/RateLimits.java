package io.orizuru.limit;

import io.orizuru.config.Settings;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts requests. A server draws a share of a budget from the database, a hundredth of what a minute gives, and serves
 * from it without asking again; so one request in many costs a statement, and all servers together let through what the
 * budget says. A share that is not used up soon is lost, which costs its owner less than a tenth of the budget.
 */
@ApplicationScoped
public class RateLimits {
    private static final int SHARES_A_MINUTE = 100;
    private static final Duration SHARE_LIFE = Duration.ofSeconds(10);
    /** A bucket is full again after one minute. */
    private static final Duration BUCKET_LIFE = Duration.ofMinutes(2);

    /** More shares than this are not kept; who lost one draws another. */
    private static final int MOST_SHARES = 20_000;

    private final QuotaStore store;
    private final Settings.Limits limits;
    private final Map<String, Share> shares = new ConcurrentHashMap<>();
    private final AtomicLong lastCleaning = new AtomicLong(System.nanoTime());

    @Inject
    RateLimits(QuotaStore store, Settings settings) {
        this(store, settings.limits());
    }

    RateLimits(QuotaStore store, Settings.Limits limits) {
        this.store = store;
        this.limits = limits;
    }

    /** What this server may let through of one budget of somebody, until when; or until when nothing. */
    private static final class Share {
        private final ReentrantLock lock = new ReentrantLock();
        private int left;
        private long until = System.nanoTime();

        private boolean expired(long now) {
            return now - until >= 0;
        }
    }

    /**
     * Counts one request.
     *
     * @param who whose budget it is: an address as {@link #addressKey} tells it, or the hash of a token
     * @return empty when it may go on; else after how long it is worth trying again, 1 to 60 s
     */
    public Optional<Duration> take(Budget budget, String who) {
        int perMinute = budget.perMinute(limits);
        if (perMinute == 0) {
            return Optional.empty();
        }
        String key = budget.key(who);
        if (shares.size() > MOST_SHARES) {
            forgetShares();
        }
        Share share = shares.computeIfAbsent(key, absent -> new Share());
        // One draw at a time for each key: those who wait for it are served from it.
        share.lock.lock();
        try {
            return take(share, key, perMinute);
        } finally {
            share.lock.unlock();
        }
    }

    private Optional<Duration> take(Share share, String key, int perMinute) {
        long now = System.nanoTime();
        if (share.expired(now)) {
            draw(share, key, perMinute);
        }
        if (share.left > 0) {
            share.left--;
            if (share.left == 0) {
                share.until = now;
            }
            return Optional.empty();
        }
        long seconds = Duration.ofNanos(share.until - now).plusMillis(999).toSeconds();
        return Optional.of(Duration.ofSeconds(Math.clamp(seconds, 1, 60)));
    }

    private void draw(Share share, String key, int perMinute) {
        int wanted = Math.max(1, perMinute / SHARES_A_MINUTE);
        QuotaStore.Draw draw = store.draw(key, perMinute, wanted);
        share.left = draw.granted();
        // Nothing is asked for again before the bucket holds a whole share, so a flood costs no more than a good
        // caller.
        double missing = (wanted - draw.available()) * Duration.ofMinutes(1).toNanos() / perMinute;
        share.until = System.nanoTime() + (draw.granted() > 0 ? SHARE_LIFE.toNanos() : Math.max(0, (long) missing));
        clean();
    }

    private void clean() {
        long last = lastCleaning.get();
        long now = System.nanoTime();
        if (now - last > BUCKET_LIFE.toNanos() && lastCleaning.compareAndSet(last, now)) {
            forgetShares();
            store.forgetOlderThan(BUCKET_LIFE);
        }
    }

    private void forgetShares() {
        long now = System.nanoTime();
        shares.values().removeIf(share -> share.expired(now) && !share.lock.isLocked());
        if (shares.size() > MOST_SHARES) {
            shares.clear();
        }
    }

    /** Whose budget an address is: an IPv6 network of 64 bits is one customer's, so it counts as one address. */
    public static String addressKey(String address) {
        if (!address.contains(":")) {
            return address;
        }
        try {
            InetAddress parsed = InetAddress.ofLiteral(address);
            return parsed instanceof Inet6Address
                    ? HexFormat.of().formatHex(Arrays.copyOf(parsed.getAddress(), 8))
                    : parsed.getHostAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return address;
        }
    }
}
