package io.orizuru.log;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Those who follow logs. One thread reads for all of them what is new in the database, whichever server wrote it: at once
 * after this server wrote, and otherwise by looking now and then.
 */
final class Followers {
    private static final Duration LOOK = Duration.ofMillis(300);
    private static final int PAGE = 1000;
    /** Of so many apps lines are brought by one statement. */
    private static final int APPS_AT_ONCE = 16;

    /** What waits for all followers to read it, in characters. */
    private static final long MOST_WAITING = 24L << 20;

    private final LogStore store;
    private final Clock clock;
    private final Set<Subscription> all = ConcurrentHashMap.newKeySet();
    private final AtomicLong waiting = new AtomicLong();
    private final Semaphore news = new Semaphore(0);

    Followers(LogStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    Subscription join(String app, Query query) {
        long newest = store.newest(app);
        StoredLog first = new StoredLog(store, app, query, store.range(app, query, newest));
        Subscription subscription = new Subscription(app, query, first, newest, clock, this);
        all.add(subscription);
        wake();
        return subscription;
    }

    /** Makes room for what waits to be read; false when those who read slowly fill it. */
    boolean reserve(int characters) {
        if (waiting.addAndGet(characters) <= MOST_WAITING) {
            return true;
        }
        waiting.addAndGet(-characters);
        return false;
    }

    void release(int characters) {
        waiting.addAndGet(-characters);
    }

    void leave(Subscription subscription) {
        all.remove(subscription);
    }

    /** There may be something new. */
    void wake() {
        if (news.availablePermits() == 0) {
            news.release();
        }
    }

    /** Ends those who follow an app that is no more. */
    void end(String app) {
        for (Subscription subscription : all) {
            if (subscription.app().equals(app)) {
                subscription.close();
            }
        }
    }

    void endAll() {
        all.forEach(Subscription::close);
    }

    /** One round: waits for its time, then brings what is new. */
    void look() throws InterruptedException {
        if (all.isEmpty()) {
            news.acquire();
        } else {
            news.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
        news.drainPermits();
        bring();
    }

    private void bring() {
        Map<String, List<Subscription>> byApp = all.stream().collect(Collectors.groupingBy(Subscription::app));
        if (byApp.isEmpty()) {
            return;
        }
        List<String> apps = List.copyOf(byApp.keySet());
        for (int from = 0; from < apps.size(); from += APPS_AT_ONCE) {
            bring(byApp, apps.subList(from, Math.min(apps.size(), from + APPS_AT_ONCE)));
        }
    }

    private void bring(Map<String, List<Subscription>> byApp, List<String> apps) {
        Map<String, Long> last = apps.stream()
                .collect(Collectors.toMap(Function.identity(), app -> byApp.getOrDefault(app, List.of()).stream()
                        .mapToLong(Subscription::seen)
                        .min()
                        .orElse(0)));
        List<LogStore.Stored> lines = store.after(last, PAGE);
        for (LogStore.Stored line : lines) {
            for (Subscription subscription : byApp.getOrDefault(line.line().app(), List.of())) {
                subscription.offer(line);
            }
        }
        // A page may have ended at its bytes: whether there is more is known when there is nothing.
        if (!lines.isEmpty()) {
            wake();
        }
    }
}
