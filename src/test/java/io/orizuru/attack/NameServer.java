package io.orizuru.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A DNS server (RFC 1035) that tells the TXT records of a test, or behaves as badly as the test wants. */
final class NameServer implements AutoCloseable {
    /** As a text: no answer at all. */
    static final String SILENCE = "(silence)";
    /** As a text: bytes that are no answer. */
    static final String GARBAGE = "(garbage)";

    private static final int HEAD = 12;

    /** By name, in lower case. */
    final Map<String, String> texts = new ConcurrentHashMap<>();

    private final DatagramSocket socket;

    NameServer() {
        try {
            socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().daemon().name("name-server").start(this::serve);
    }

    int port() {
        return socket.getLocalPort();
    }

    private void serve() {
        byte[] buffer = new byte[512];
        while (!socket.isClosed()) {
            try {
                DatagramPacket question = new DatagramPacket(buffer, buffer.length);
                socket.receive(question);
                byte[] answer = answer(buffer, question.getLength());
                if (answer.length > 0) {
                    socket.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
                }
            } catch (IOException e) {
                return; // Closed.
            }
        }
    }

    private byte[] answer(byte[] question, int length) {
        StringBuilder name = new StringBuilder();
        int at = HEAD;
        while (question[at] != 0) {
            name.append(name.isEmpty() ? "" : ".")
                    .append(new String(question, at + 1, question[at], StandardCharsets.US_ASCII));
            at += question[at] + 1;
        }
        int end = at + 5;
        String text = texts.get(name.toString().toLowerCase(java.util.Locale.ROOT));
        if (SILENCE.equals(text)) {
            return new byte[0];
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(question, 0, 2);
        if (GARBAGE.equals(text)) {
            out.writeBytes(new byte[] {(byte) 0x81, (byte) 0x80, 0, 1, 0, 9, 0, 0, 0, 0, (byte) 0xc0, 0x0c, 1});
            return out.toByteArray();
        }
        out.writeBytes(new byte[] {(byte) 0x81, (byte) (text == null ? 0x83 : 0x80), 0, 1, 0});
        out.writeBytes(new byte[] {(byte) (text == null ? 0 : 1), 0, 0, 0, 0});
        out.write(question, HEAD, Math.min(end, length) - HEAD);
        if (text != null) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.writeBytes(new byte[] {(byte) 0xc0, HEAD, 0, 16, 0, 1, 0, 0, 0, 1, 0});
            out.write(bytes.length + 1);
            out.write(bytes.length);
            out.writeBytes(bytes);
        }
        return out.toByteArray();
    }

    @Override
    public void close() {
        socket.close();
    }
}
