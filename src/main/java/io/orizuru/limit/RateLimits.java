package io.orizuru.limit;

import io.orizuru.config.Settings;
import io.orizuru.db.Database;
import io.orizuru.failure.Failure;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.dao.DataAccessException;

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

    /** So long the database is not asked again for a share when it was away. */
    private static final Duration AWAY_LIFE = Duration.ofSeconds(1);

    private static final String AWAY =
            "requests cannot be counted, as the database does not answer; try again in a moment";

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

    /** What becomes of a request while the database is away, and nobody can count for all servers. */
    public enum WhileAway {
        /** It is refused at once: it needs the database anyway. */
        REFUSE(Duration.ofSeconds(5)),
        /**
         * This server counts it alone, up to one share a second. For what must answer then, such as the health of the
         * server; it does no harm, as nothing can be changed.
         */
        COUNT_HERE(Duration.ofSeconds(1));

        private final Duration patience;

        WhileAway(Duration patience) {
            this.patience = patience;
        }

        /** How long another request of the same budget that asks the database is waited for. */
        private Duration patience() {
            return patience;
        }
    }

    /** What this server may let through of one budget of somebody, until when; or until when nothing. */
    private static final class Share {
        private final ReentrantLock lock = new ReentrantLock();
        private int left;
        private long until = System.nanoTime();
        private boolean away;

        private boolean expired(long now) {
            return now - until >= 0;
        }
    }

    /**
     * Counts one request.
     *
     * @param who whose budget it is: an address as {@link #addressKey} tells it, or the hash of a token
     * @param whileAway what becomes of it when the database does not answer, or not soon
     * @return empty when it may go on; else after how long it is worth trying again, 1 to 60 s
     * @throws Failure unavailable while the database is away, unless it is counted here
     */
    public Optional<Duration> take(Budget budget, String who, WhileAway whileAway) {
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
        if (!locked(share, whileAway.patience())) {
            refuseIfTold(whileAway);
            return Optional.empty();
        }
        try {
            return take(share, key, perMinute, whileAway);
        } finally {
            share.lock.unlock();
        }
    }

    private static boolean locked(Share share, Duration limit) {
        try {
            return share.lock.tryLock(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void refuseIfTold(WhileAway whileAway) {
        if (whileAway == WhileAway.REFUSE) {
            throw Failure.unavailable(AWAY);
        }
    }

    private Optional<Duration> take(Share share, String key, int perMinute, WhileAway whileAway) {
        if (share.expired(System.nanoTime())) {
            renew(share, key, perMinute);
        }
        if (share.away) {
            refuseIfTold(whileAway);
        }
        long now = System.nanoTime();
        if (share.left > 0) {
            share.left--;
            if (share.left == 0 && !share.away) {
                share.until = now;
            }
            return Optional.empty();
        }
        long seconds = Duration.ofNanos(share.until - now).plusMillis(999).toSeconds();
        return Optional.of(Duration.ofSeconds(Math.clamp(seconds, 1, 60)));
    }

    private void renew(Share share, String key, int perMinute) {
        int wanted = Math.max(1, perMinute / SHARES_A_MINUTE);
        try {
            draw(share, key, perMinute, wanted);
            share.away = false;
        } catch (DataAccessException e) {
            if (!Database.isAway(e)) {
                throw e;
            }
            share.away = true;
            share.left = wanted;
            share.until = System.nanoTime() + AWAY_LIFE.toNanos();
        }
    }

    private void draw(Share share, String key, int perMinute, int wanted) {
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
