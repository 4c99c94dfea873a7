package io.orizuru.endtoend;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Somebody who looks at an app from before its router is there, and keeps every look that showed what it must not. Until the
 * first answer nobody answers; from then on each look is one.
 */
final class Watch implements AutoCloseable {
    private static final Pattern FLIES = Pattern.compile("It flies: (\\d+)\\.");
    private static final long PACE = Duration.ofMillis(25).toNanos();

    private final Visitor visitor;
    private final List<Integer> pages;
    private final Set<Integer> statuses;
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private final AtomicInteger looks = new AtomicInteger();
    private volatile boolean over;
    private int newest = -1;

    private Watch(Visitor visitor, List<Integer> pages, Set<Integer> statuses) {
        this.visitor = visitor;
        this.pages = pages;
        this.statuses = statuses;
        thread = Thread.ofVirtual().start(this::look);
    }

    /**
     * Begins to look.
     *
     * @param pages the versions that may be seen, in the order of their coming: never one of them after a later one
     * @param statuses what may be answered instead of a page
     */
    static Watch of(Visitor visitor, List<Integer> pages, Set<Integer> statuses) {
        return new Watch(visitor, pages, statuses);
    }

    private void look() {
        while (!over) {
            try {
                judge(visitor.look("/"));
                looks.incrementAndGet();
            } catch (IOException e) {
                if (looks.get() > 0) {
                    wrong.add("look " + looks + ": " + e);
                }
            }
            LockSupport.parkNanos(PACE);
        }
    }

    private void judge(Reply reply) {
        Matcher page = FLIES.matcher(reply.body());
        if (reply.status() == 200 && page.find()) {
            int number = Integer.parseInt(page.group(1));
            int place = pages.indexOf(number);
            if (place < 0 || place < newest) {
                String before = newest < 0 ? "at first" : "after " + pages.get(newest);
                wrong.add("look " + looks + ": page " + number + " " + before + ", one of " + pages);
            }
            newest = Math.max(newest, place);
        } else if (!statuses.contains(reply.status())) {
            wrong.add(
                    "look " + looks + ": " + reply.status() + " " + reply.body().strip());
        }
    }

    int looks() {
        return looks.get();
    }

    List<String> wrong() {
        return wrong;
    }

    @Override
    public void close() {
        over = true;
        try {
            thread.join(Duration.ofMinutes(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
