package io.orizuru.router.builtin;

import io.orizuru.router.Backend;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** An application: a small HTTP/1.1 server that a test can make misbehave in any way it likes. */
final class TestBackend implements AutoCloseable {
    interface Application {
        void answer(Call call) throws IOException;
    }

    /**
     * A request.
     *
     * @param number 1 for the first one on its connection
     */
    record Call(
            String method,
            String target,
            List<Map.Entry<String, String>> headers,
            InputStream body,
            OutputStream out,
            Socket socket,
            int number) {
        List<String> all(String name) {
            return headers.stream()
                    .filter(header -> header.getKey().equals(name))
                    .map(Map.Entry::getValue)
                    .toList();
        }

        /** Null when there is none. */
        String header(String name) {
            return all(name).isEmpty() ? "-" : String.join("|", all(name));
        }

        void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        void reply(String text) throws IOException {
            body.readAllBytes();
            write("HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n"
                    + (method.equals("HEAD") ? "" : text));
        }

        /** Closes the connection so that the other side sees a reset. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    /** A target whose body is left on the socket. */
    static final String RAW = "/raw";

    private final String unit;
    private final ServerSocket server;
    private final Application application;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    final AtomicInteger accepted = new AtomicInteger();
    final AtomicInteger requests = new AtomicInteger();

    TestBackend(String unit, Application application) throws IOException {
        this.unit = unit;
        this.application = application;
        this.server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    static TestBackend replying(String text) throws IOException {
        return new TestBackend(text, call -> call.reply(text));
    }

    Backend address() {
        return address(1);
    }

    Backend address(int version) {
        return new Backend(unit, "127.0.0.1", server.getLocalPort(), version);
    }

    int openConnections() {
        return connections.size();
    }

    /** Closes all connections, but goes on accepting. */
    void closeConnections() throws IOException {
        for (Socket each : connections) {
            each.close();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                accepted.incrementAndGet();
                connections.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            // Unbuffered, so that an application may go on reading from the socket.
            InputStream in = socket.getInputStream();
            for (int number = 1; !socket.isClosed(); number++) {
                String line = line(in);
                List<Map.Entry<String, String>> headers = new ArrayList<>();
                for (String header = line(in); !header.isEmpty(); header = line(in)) {
                    int colon = header.indexOf(':');
                    headers.add(Map.entry(
                            header.substring(0, colon).toLowerCase(Locale.ROOT),
                            header.substring(colon + 1).strip()));
                }
                String[] parts = line.split(" ");
                requests.incrementAndGet();
                Call bare = new Call(parts[0], parts[1], headers, in, socket.getOutputStream(), socket, number);
                InputStream body = bare.target().equals(RAW) ? InputStream.nullInputStream() : body(bare, in);
                application.answer(new Call(bare.method(), bare.target(), headers, body, bare.out(), socket, number));
                if (!socket.isClosed()) {
                    body.readAllBytes();
                }
            }
        } catch (IOException e) {
            // The other side is gone, or the test is over.
        } finally {
            connections.remove(socket);
        }
    }

    private static InputStream body(Call call, InputStream in) {
        if (call.header("transfer-encoding").equals("chunked")) {
            return new ChunkedBody(in);
        }
        String length = call.header("content-length");
        return new FixedBody(in, length.equals("-") ? 0 : Long.parseLong(length));
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException();
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    private static final class FixedBody extends InputStream {
        private final InputStream in;
        private long left;

        FixedBody(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = in.read(buffer, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("the body ended " + left + " bytes early");
            }
            left -= count;
            return count;
        }
    }

    private static final class ChunkedBody extends InputStream {
        private final InputStream in;
        private int left;
        private boolean ended;

        ChunkedBody(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (ended) {
                return -1;
            }
            if (left == 0) {
                left = Integer.parseInt(line(in), 16);
                if (left == 0) {
                    ended = true;
                    while (!line(in).isEmpty()) {}
                    return -1;
                }
            }
            int count = in.read(buffer, offset, Math.min(length, left));
            if (count < 0) {
                throw new EOFException();
            }
            left -= count;
            if (left == 0) {
                line(in);
            }
            return count;
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        closeConnections();
    }
}
