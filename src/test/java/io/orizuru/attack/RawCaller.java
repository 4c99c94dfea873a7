package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Sends bytes that no well-behaved client sends, and tells how they were answered. */
final class RawCaller {
    private static final int PATIENCE_MILLIS = 60_000;
    private static final int LONGEST_ANSWER = 64 << 10;

    private final URI server;

    RawCaller(URI server) {
        this.server = server;
    }

    /**
     * An answer.
     *
     * @param status 0 when the connection was closed without one
     * @param sent how many bytes of the body the server's side took
     */
    record Answer(int status, long sent, String text) {}

    /** Sends the begin of a request from many connections at once, and keeps them open for a while without a word. */
    void hold(int connections, byte[] begin, Duration howLong) {
        List<Socket> held = new ArrayList<>();
        try {
            for (int i = 0; i < connections; i++) {
                Socket socket = new Socket();
                held.add(socket);
                try {
                    socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), PATIENCE_MILLIS);
                    socket.getOutputStream().write(begin);
                } catch (IOException closed) {
                    // There is no room for it.
                }
            }
            Thread.sleep(howLong);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            for (Socket socket : held) {
                try {
                    socket.close();
                } catch (IOException gone) {
                    // It is closed.
                }
            }
        }
    }

    /** Sends a head, and the same piece again and again, until it was sent so often or the answer is there. */
    Answer send(String head, byte[] piece, long times) {
        return send(head, piece, times, new byte[0]);
    }

    /** As {@link #send(String, byte[], long)}, with something at the end. */
    @SuppressWarnings("try") // It is closed under the sender.
    Answer send(String head, byte[] piece, long times, byte[] end) {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), PATIENCE_MILLIS);
            AtomicBoolean answered = new AtomicBoolean();
            long[] sent = new long[1];
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    OutputStream out = socket.getOutputStream();
                    out.write(head.getBytes(ISO_8859_1));
                    for (long i = 0; i < times && !answered.get(); i++) {
                        out.write(piece);
                        sent[0] += piece.length;
                    }
                    out.write(end);
                    out.flush();
                } catch (IOException refused) {
                    // What was answered before is what counts.
                }
            });
            String text = answer(socket);
            answered.set(true);
            socket.close();
            sender.join();
            return new Answer(status(text), sent[0], text);
        } catch (IOException e) {
            return new Answer(0, 0, String.valueOf(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static int status(String answer) {
        return answer.startsWith("HTTP/1.1 ") && answer.length() >= 12 ? Integer.parseInt(answer.substring(9, 12)) : 0;
    }

    /** The head of the answer, and what has come of its body. */
    private static String answer(Socket socket) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            byte[] some = new byte[8192];
            while (all.size() < LONGEST_ANSWER) {
                int count = in.read(some);
                if (count < 0) {
                    break;
                }
                all.write(some, 0, count);
                if (isWhole(all.toString(ISO_8859_1))) {
                    break;
                }
            }
        } catch (IOException reset) {
            // A server that refuses a body may close while it is still coming.
        }
        return all.toString(ISO_8859_1);
    }

    private static boolean isWhole(String answer) {
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        String head = answer.substring(0, end).toLowerCase(java.util.Locale.ROOT);
        int length = head.indexOf("content-length: ");
        if (length >= 0) {
            String number =
                    head.substring(length + 16).lines().findFirst().orElse("0").strip();
            return answer.length() - end - 4 >= Long.parseLong(number);
        }
        return head.startsWith("http/1.1 204") || (head.contains("chunked") && answer.endsWith("0\r\n\r\n"));
    }
}
