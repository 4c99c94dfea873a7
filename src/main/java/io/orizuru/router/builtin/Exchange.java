package io.orizuru.router.builtin;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: chooses a backend, sends, tries again where that is safe, and passes the answer back. Everything
 * happens on the client's event loop.
 *
 * <p>A request is sent again when no connection was established, or when it is idempotent, nothing of its body was sent
 * and nothing of an answer came. A kept connection that the backend closed meanwhile is no failure of the backend: the
 * request goes to the same one on a new connection.
 */
final class Exchange {
    /**
     * A request that must not be sent twice uses a kept connection only when that was in use just now: then the backend is
     * not about to close it for idleness. Servers' own limits start at about two seconds.
     */
    private static final Duration FRESH_ENOUGH = Duration.ofSeconds(1);

    private static final int RETRY_AFTER_SECONDS = 1;
    private static final int FAILED_STATUS = 500;
    /** What needs longer than a request is held for needs some more. */
    private static final int SLOW_START_SECONDS = 5;

    private final DataPlane plane;
    private final Loop loop;
    private final ClientHandler client;
    private final RequestHead head;
    private final List<Upstream> tried = new ArrayList<>(0);
    private final Queue<HttpContent> waitingBody = new ArrayDeque<>(0);

    private @Nullable Upstream upstream;
    private @Nullable BackendConnection connection;
    private int attempts;
    private boolean reused;
    private boolean bodySent;
    private boolean requestSent;
    private boolean responseStarted;
    private boolean answeredBadly;
    private boolean backendKeepsAlive;
    private boolean tunnel;
    private boolean over;
    /** It waits for its app to wake. */
    private boolean held;

    private long heldSince;
    private long lastProgress;
    private long enteredAt;
    /** It counts where versions are compared. */
    private boolean measured;

    Exchange(DataPlane plane, Loop loop, ClientHandler client, RequestHead head) {
        this.plane = plane;
        this.loop = loop;
        this.client = client;
        this.head = head;
        progress();
    }

    void start() {
        Upstream chosen = plane.enter(head.host(), tried);
        if (chosen == null) {
            refuse();
            return;
        }
        upstream = chosen;
        enteredAt = System.nanoTime();
        measured = plane.measures(head.host());
        if (attempts++ > 0) {
            plane.counters().retries.increment();
        }
        Duration idle = head.isIdempotent() ? plane.options().timeouts().pooled() : FRESH_ENOUGH;
        BackendConnection kept = loop.takeIdle(chosen, idle);
        if (kept == null) {
            reused = false;
            loop.connect(chosen, this);
        } else {
            reused = true;
            send(kept);
        }
    }

    private void refuse() {
        BackendSet.Sleep sleep = plane.sleepOf(head.host());
        if (sleep != null && sleep.holds() && tried.isEmpty()) {
            hold(sleep);
        } else if (sleep != null && !tried.isEmpty()) {
            fail(
                    HttpResponseStatus.BAD_GATEWAY,
                    head.host() + " is asleep, and what should answer for it could not be reached");
        } else if (!tried.isEmpty()) {
            fail(HttpResponseStatus.BAD_GATEWAY, "no unit of " + head.host() + " could be reached");
        } else if (plane.knows(head.host())) {
            over = true;
            client.respond(
                    HttpResponseStatus.SERVICE_UNAVAILABLE, head.host() + " has no unit running", RETRY_AFTER_SECONDS);
        } else if (plane.isIncomplete()) {
            over = true;
            client.respond(
                    HttpResponseStatus.SERVICE_UNAVAILABLE,
                    "the router does not know yet who answers to " + head.host(),
                    RETRY_AFTER_SECONDS);
        } else {
            fail(HttpResponseStatus.NOT_FOUND, "no app answers to " + head.host());
        }
    }

    /** Waits for the app to wake, unless it could not be woken just now. */
    private void hold(BackendSet.Sleep sleep) {
        long pauseMillis = sleep.as().retryAtMillis() - System.currentTimeMillis();
        if (pauseMillis > 0) {
            unavailable(head.host() + " is asleep and could not be woken: its units did not start", (int)
                    Math.min(3600, 1 + pauseMillis / 1000));
        } else if (!plane.hold(this)) {
            unavailable(head.host() + " is asleep, and too many requests wait already", RETRY_AFTER_SECONDS);
        } else {
            held = true;
            heldSince = System.nanoTime();
            plane.wakes().call(sleep.app());
            // They may have changed just before it was held.
            goOn();
        }
    }

    /** The routes are others now, or nobody will change them any more. For any thread. */
    void routesChanged() {
        loop.execute(this::goOn);
    }

    private void goOn() {
        if (over || !held) {
            return;
        }
        BackendSet.Sleep sleep = plane.sleepOf(head.host());
        boolean waits = sleep != null && sleep.holds() && sleep.as().retryAtMillis() <= System.currentTimeMillis();
        if (waits && !plane.isClosing()) {
            return;
        }
        letGo();
        progress();
        if (waits) {
            unavailable(head.host() + " is asleep, and the router is ending", RETRY_AFTER_SECONDS);
        } else {
            start();
        }
    }

    private void letGo() {
        held = false;
        plane.letGo(this);
    }

    private void unavailable(String message, int retryAfterSeconds) {
        end();
        client.respond(HttpResponseStatus.SERVICE_UNAVAILABLE, message, retryAfterSeconds);
    }

    void connected(BackendConnection established) {
        if (over) {
            established.release(true);
            return;
        }
        send(established);
        established.flush();
    }

    void connectFailed(Throwable cause) {
        Upstream failed = upstream;
        if (over || failed == null) {
            return;
        }
        countFailure();
        failed.eject(plane.options().timeouts().ejection());
        tryAnother(failed);
    }

    /** The backend failed the request; it is counted as one that was made, unless it is already. */
    private void countFailure() {
        plane.counters().backendErrors.increment();
        Upstream failed = upstream;
        if (failed == null) {
            return;
        }
        if (!responseStarted) {
            took(failed);
            failed(failed);
        } else if (!answeredBadly) {
            failed(failed);
        }
    }

    private void tryAnother(Upstream failed) {
        tried.add(failed);
        leave();
        if (attempts < plane.options().limits().attempts()) {
            start();
        } else {
            refuse();
        }
    }

    /** Writes what is there of the request; whoever calls flushes, unless there is no body. */
    private void send(BackendConnection to) {
        connection = to;
        to.serve(this);
        progress();
        to.write(head.outbound());
        if (!head.hasBody()) {
            requestSent = true;
            to.write(LastHttpContent.EMPTY_LAST_CONTENT);
            to.flush();
            return;
        }
        for (HttpContent content = waitingBody.poll(); content != null; content = waitingBody.poll()) {
            sendBody(to, content);
        }
        client.updateReading();
    }

    private void sendBody(BackendConnection to, HttpContent content) {
        bodySent = true;
        if (content instanceof LastHttpContent last) {
            requestSent = true;
            ForwardingHeaders.cleanTrailers(last.trailingHeaders());
        }
        to.write(content);
    }

    /** A piece of the request's body; takes over its reference. */
    void requestContent(HttpContent content) {
        BackendConnection to = connection;
        if (over || !head.hasBody()) {
            content.release();
            return;
        }
        progress();
        if (to == null) {
            waitingBody.add(content);
        } else {
            sendBody(to, content);
        }
        client.updateReading();
    }

    /** The body breaks off in a way that nobody can tell where the next request starts. */
    void requestMalformed() {
        if (over) {
            return;
        }
        if (responseStarted) {
            end();
            client.abort();
        } else {
            fail(HttpResponseStatus.BAD_REQUEST, "the request's body is malformed");
        }
    }

    /** Whether the client should not be read from: the backend is not there yet, is slower, or has to agree to an upgrade. */
    boolean blocksRequest() {
        BackendConnection to = connection;
        return head.upgrade() || (head.hasBody() && !over && (to == null || !to.isWritable()));
    }

    void flushToBackend() {
        if (connection != null && head.hasBody()) {
            connection.flush();
        }
    }

    void backendWritabilityChanged() {
        progress();
        client.updateReading();
    }

    /** Passes on 100 (Continue) and its like. */
    void interim(HttpResponse response) {
        progress();
        if (!over && !responseStarted) {
            client.interim(response);
        }
    }

    private void took(Upstream by) {
        if (measured) {
            by.took(System.nanoTime() - enteredAt);
        }
    }

    private void failed(Upstream by) {
        if (measured) {
            by.failed();
        }
    }

    private void countAnswer(int status) {
        responseStarted = true;
        Upstream answered = upstream;
        if (answered == null) {
            return;
        }
        took(answered);
        answeredBadly = status >= FAILED_STATUS;
        if (answeredBadly) {
            failed(answered);
        }
    }

    void responseHead(HttpResponse response) {
        progress();
        countAnswer(response.status().code());
        backendKeepsAlive = HttpUtil.isKeepAlive(response);
        client.responseHead(response);
    }

    /** A piece of the response's body; takes over its reference. */
    void responseContent(HttpContent content) {
        BackendConnection from = connection;
        if (over || from == null) {
            content.release();
            return;
        }
        progress();
        client.write(content);
        if (content instanceof LastHttpContent) {
            over = true;
            connection = null;
            releaseWaiting();
            from.release(backendKeepsAlive && requestSent);
            leave();
            client.responseEnded();
        } else if (!client.isWritable()) {
            from.setReading(false);
        }
    }

    void flushToClient() {
        client.flush();
    }

    void clientWritabilityChanged() {
        progress();
        if (connection != null && !tunnel) {
            connection.setReading(client.isWritable());
        }
    }

    /** The backend agreed to the upgrade: from here on bytes are passed, not messages. */
    void upgraded(HttpResponse response) {
        BackendConnection from = connection;
        if (over || from == null) {
            return;
        }
        if (!head.upgrade() || !Headers.upgradesToWebSocket(response)) {
            backendFailed("it switched to a protocol that nobody asked for");
            return;
        }
        progress();
        countAnswer(response.status().code());
        tunnel = true;
        client.tunnel(response, from.channel(), this);
    }

    /** Either end of the tunnel is closed; the other one follows. */
    void tunnelClosed() {
        if (!over) {
            over = true;
            leave();
        }
    }

    void clientClosed() {
        if (!over) {
            if (upstream != null && !responseStarted) {
                // Who gave up waiting is not left out: else a version too slow for anyone would look fast.
                took(upstream);
            }
            end();
        }
    }

    void backendClosed() {
        Upstream failed = upstream;
        if (over || failed == null) {
            return;
        }
        connection = null;
        if (responseStarted) {
            countFailure();
            end();
            client.abort();
            return;
        }
        boolean again = head.isIdempotent() && !bodySent;
        if (again && reused) {
            plane.counters().retries.increment();
            reused = false;
            loop.connect(failed, this);
            return;
        }
        countFailure();
        if (again) {
            tryAnother(failed);
        } else {
            fail(HttpResponseStatus.BAD_GATEWAY, "the unit of " + head.host() + " closed the connection");
        }
    }

    /** The backend answered, but nothing that could be passed on. */
    void backendFailed(String reason) {
        if (over) {
            return;
        }
        countFailure();
        if (responseStarted) {
            end();
            client.abort();
        } else {
            fail(HttpResponseStatus.BAD_GATEWAY, "the unit of " + head.host() + " failed: " + reason);
        }
    }

    void check(long nanoTime) {
        if (over) {
            return;
        }
        if (held) {
            checkHeld(nanoTime);
            return;
        }
        BuiltinRouter.Timeouts timeouts = plane.options().timeouts();
        Duration limit = tunnel ? timeouts.tunnel() : responseStarted ? timeouts.stream() : timeouts.response();
        if (nanoTime - lastProgress <= limit.toNanos()) {
            return;
        }
        if (tunnel) {
            client.abort();
        } else if (responseStarted) {
            end();
            client.abort();
        } else if (connection != null && head.hasBody() && !requestSent && connection.isWritable()) {
            fail(HttpResponseStatus.REQUEST_TIMEOUT, "the request's body did not arrive in time");
        } else {
            countFailure();
            fail(HttpResponseStatus.GATEWAY_TIMEOUT, "the unit of " + head.host() + " did not answer in time");
        }
    }

    private void checkHeld(long nanoTime) {
        Duration limit = plane.options().timeouts().wake();
        BackendSet.Sleep sleep = plane.sleepOf(head.host());
        if (nanoTime - heldSince > limit.toNanos()) {
            unavailable(
                    head.host() + " was asleep and is not awake after " + limit.toSeconds() + " s; it may be soon",
                    SLOW_START_SECONDS);
        } else if (sleep != null) {
            // Whoever was told may have died since.
            plane.wakes().call(sleep.app());
        }
    }

    void progress() {
        lastProgress = loop.now();
    }

    private void fail(HttpResponseStatus status, String message) {
        end();
        client.respond(status, message, 0);
    }

    private void end() {
        over = true;
        if (held) {
            letGo();
        }
        releaseWaiting();
        BackendConnection to = connection;
        connection = null;
        if (to != null) {
            to.release(false);
        }
        leave();
    }

    private void releaseWaiting() {
        waitingBody.forEach(HttpContent::release);
        waitingBody.clear();
    }

    private void leave() {
        Upstream left = upstream;
        upstream = null;
        if (left != null) {
            plane.leave(left);
        }
    }
}
