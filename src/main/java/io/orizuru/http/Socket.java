package io.orizuru.http;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.WebSocketFrameType;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A WebSocket: bytes both ways. One thread may send and one may receive at the same time. It is open until one of both sides
 * closes it, the connection ends, or the client is silent for a minute though it is asked three times whether it is there.
 */
public final class Socket {
    private static final Duration PING = Duration.ofSeconds(20);
    private static final Duration SILENCE = Duration.ofSeconds(60);
    /** What has come and was not received yet; then no more is taken from the connection. */
    private static final int MOST_WAITING = 256 << 10;

    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private static final byte[] END = new byte[0];
    private static final int LONGEST_REASON = 120;

    private final ServerWebSocket socket;
    private final Context context;
    private final BlockingQueue<byte[]> waiting = new LinkedBlockingQueue<>();
    private final AtomicInteger waitingBytes = new AtomicInteger();
    private volatile boolean open = true;
    private volatile boolean paused;
    private volatile long heardAt = System.nanoTime();
    private byte[] begun = END;

    /** To be called in the socket's context. */
    Socket(ServerWebSocket socket, Context context) {
        this.socket = socket;
        this.context = context;
        socket.frameHandler(this::arrived);
        socket.pongHandler(pong -> heardAt = System.nanoTime());
        socket.exceptionHandler(broken -> ended());
        socket.closeHandler(closed -> ended());
        long pings = context.owner().setPeriodic(PING.toMillis(), timer -> lookAfter(timer));
        socket.endHandler(end -> context.owner().cancelTimer(pings));
    }

    private void lookAfter(long timer) {
        if (!open) {
            context.owner().cancelTimer(timer);
        } else if (!paused && System.nanoTime() - heardAt > SILENCE.toNanos()) {
            ended();
            socket.close();
        } else {
            socket.writePing(Buffer.buffer("?"));
        }
    }

    private void arrived(WebSocketFrame frame) {
        heardAt = System.nanoTime();
        boolean content = frame.type() == WebSocketFrameType.TEXT
                || frame.type() == WebSocketFrameType.BINARY
                || frame.type() == WebSocketFrameType.CONTINUATION;
        byte[] bytes = content ? frame.binaryData().getBytes() : END;
        if (bytes.length == 0) {
            return;
        }
        waiting.add(bytes);
        if (waitingBytes.addAndGet(bytes.length) > MOST_WAITING) {
            paused = true;
            socket.pause();
        }
    }

    private void ended() {
        open = false;
        waiting.add(END);
    }

    /** Whether there is somebody at the other end, as far as is known. */
    public boolean isOpen() {
        return open;
    }

    /**
     * Waits for what the client sends.
     *
     * @return empty when the socket is closed and all was received
     */
    public Optional<byte[]> receive() {
        return receive(FOR_EVER);
    }

    /**
     * As {@link #receive()}, for a while.
     *
     * @return empty as well when nothing came
     */
    public Optional<byte[]> receive(Duration atMost) {
        try {
            byte[] next = waiting.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
            if (next == null) {
                return Optional.empty();
            }
            if (next.length == 0) {
                waiting.add(END); // For whoever asks again.
                return Optional.empty();
            }
            if (waitingBytes.addAndGet(-next.length) <= MOST_WAITING / 2 && paused) {
                context.runOnContext(go -> {
                    paused = false;
                    heardAt = System.nanoTime();
                    socket.resume();
                });
            }
            return Optional.of(next);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /**
     * Sends bytes, as text where they are UTF-8, of which a piece that is not whole yet waits for the rest. Waits while the
     * client is slow; one that takes nothing for a minute is gone.
     *
     * @return whether the socket is open still
     */
    public boolean send(byte[] bytes, int length) {
        byte[] all = Arrays.copyOf(begun, begun.length + length);
        System.arraycopy(bytes, 0, all, begun.length, length);
        begun = END;
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(all);
        CharBuffer text = CharBuffer.allocate(all.length);
        if (decoder.decode(in, text, false).isError()) {
            return write(WebSocketFrame.binaryFrame(Buffer.buffer(all), true));
        }
        begun = Arrays.copyOfRange(all, in.position(), all.length);
        return text.flip().isEmpty() ? open : write(WebSocketFrame.textFrame(text.toString(), true));
    }

    /** Sends a text. */
    public boolean send(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return send(bytes, bytes.length);
    }

    private boolean write(WebSocketFrame frame) {
        if (!open) {
            return false;
        }
        try {
            socket.writeFrame(frame)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(SILENCE.toMillis(), TimeUnit.MILLISECONDS);
            return open;
        } catch (ExecutionException | TimeoutException e) {
            ended();
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Closes it, after all that was sent. */
    void close(String reason) {
        open = false;
        waiting.add(END);
        // Closed already, it is closed again for nothing.
        socket.close((short) 1000, reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) : reason);
    }
}
