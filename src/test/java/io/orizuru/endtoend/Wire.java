package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;

/** A connection whose bytes are the test's own: for requests that no well-behaved client sends. */
final class Wire implements AutoCloseable {
    private static final int PATIENCE_MS = 60_000;

    private final Socket socket = new Socket();
    private final InputStream in;

    /** @param receiveBuffer in bytes; 0 for the system's own */
    Wire(URI server, int receiveBuffer) throws IOException {
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setSoTimeout(PATIENCE_MS);
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), PATIENCE_MS);
        in = new BufferedInputStream(socket.getInputStream(), 256);
    }

    Wire(URI server) throws IOException {
        this(server, 0);
    }

    /** Sends a text; that the server has stopped listening already is no failure. */
    Wire send(String text) {
        try {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            socket.getOutputStream().flush();
        } catch (IOException closed) {
            // What it said before is what counts.
        }
        return this;
    }

    /** The next line, without its end; empty at the end of all. */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return line.toString(ISO_8859_1).stripTrailing();
    }

    /** Reads lines until one holds a text. */
    String lineWith(String text) throws IOException {
        for (int i = 0; i < 10_000; i++) {
            String line = line();
            if (line.contains(text)) {
                return line;
            }
        }
        throw new AssertionError("no line with " + text);
    }

    /** All that comes until the server closes. */
    String rest() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        try {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                all.write(buffer, 0, count);
            }
        } catch (SocketException reset) {
            // A server that refuses a body closes while it is still coming.
        }
        return all.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
