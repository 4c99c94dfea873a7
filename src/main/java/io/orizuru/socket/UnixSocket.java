package io.orizuru.socket;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A Unix socket in the shape that libraries know, which the JDK has only for addresses of the network. All limits of time
 * hold: that of a connect, and {@code SO_TIMEOUT} for reads. One thread may read while another one writes, and any may close.
 */
public final class UnixSocket extends Socket {
    private static final long BETWEEN_TRIES = TimeUnit.MILLISECONDS.toNanos(10);

    private final UnixDomainSocketAddress path;
    private final InputStream input = new Input();
    private final OutputStream output = new Output();
    private volatile @Nullable SocketChannel channel;
    private volatile @Nullable Selector reading;
    private volatile @Nullable Selector writing;
    private volatile int timeoutMillis;
    private volatile boolean closed;

    /**
     * Not connected yet.
     *
     * @param path where the other side listens, whatever address {@link #connect} is told
     */
    @SuppressWarnings("NullAway") // Without an implementation of the JDK's: all that could ask for it is overridden.
    public UnixSocket(Path path) throws SocketException {
        super((SocketImpl) null);
        this.path = UnixDomainSocketAddress.of(path);
    }

    @Override
    public void connect(SocketAddress address) throws IOException {
        connect(address, 0);
    }

    /** Who listens may have more waiting than it lets wait; then it is tried again until the time is over. */
    @Override
    public void connect(SocketAddress address, int limitMillis) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
        while (!connectNow()) {
            if (limitMillis > 0 && System.nanoTime() - deadline > 0) {
                throw new SocketTimeoutException("no connection to " + path + " within " + limitMillis + " ms");
            }
            rest();
        }
    }

    private static void rest() throws SocketException {
        try {
            TimeUnit.NANOSECONDS.sleep(BETWEEN_TRIES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketException("interrupted before it was connected");
        }
    }

    private synchronized boolean connectNow() throws IOException {
        if (closed) {
            throw new SocketException("the socket is closed");
        }
        if (channel != null) {
            throw new SocketException("the socket is connected already");
        }
        SocketChannel made = SocketChannel.open(StandardProtocolFamily.UNIX);
        boolean connected = false;
        try {
            made.configureBlocking(false);
            connected = made.connect(path);
        } catch (IOException e) {
            if (e instanceof ConnectException || !Files.isWritable(path.getPath())) {
                throw new SocketException(path + ": " + e.getMessage(), e);
            }
            // It is there and ours to use: too many wait to be let in. The exception has no type for that, nor one
            // language.
        } finally {
            if (!connected) {
                made.close();
            }
        }
        channel = connected ? made : null;
        return connected;
    }

    private SocketChannel connected() throws SocketException {
        SocketChannel current = channel;
        if (closed || current == null) {
            throw new SocketException(closed ? "the socket is closed" : "the socket is not connected");
        }
        return current;
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, into.length);
            if (length == 0) {
                return 0;
            }
            ByteBuffer buffer = ByteBuffer.wrap(into, offset, length);
            long limit = timeoutMillis;
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limit);
            int count = readNow(buffer);
            while (count == 0) {
                long left = limit == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime() + 999_999);
                if (limit != 0 && left <= 0) {
                    throw new SocketTimeoutException("nothing came from " + path + " within " + limit + " ms");
                }
                await(readiness(SelectionKey.OP_READ), left);
                count = readNow(buffer);
            }
            return count;
        }

        private int readNow(ByteBuffer buffer) throws IOException {
            SocketChannel from = connected();
            try {
                return from.read(buffer);
            } catch (IOException e) {
                throw broken(e);
            }
        }

        @Override
        public int available() {
            return 0;
        }

        @Override
        public void close() throws IOException {
            UnixSocket.this.close();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(from, offset, length);
            while (buffer.hasRemaining()) {
                SocketChannel to = connected();
                try {
                    if (to.write(buffer) > 0) {
                        continue;
                    }
                } catch (IOException e) {
                    throw broken(e);
                }
                await(readiness(SelectionKey.OP_WRITE), 0);
            }
        }

        @Override
        public void close() throws IOException {
            UnixSocket.this.close();
        }
    }

    private SocketException broken(IOException e) {
        return new SocketException(closed ? "the socket is closed" : path + ": " + e.getMessage(), e);
    }

    /** Made when it is first needed: most writes never wait. */
    private synchronized Selector readiness(int operation) throws IOException {
        boolean reads = operation == SelectionKey.OP_READ;
        Selector known = reads ? reading : writing;
        if (known != null) {
            return known;
        }
        SocketChannel of = connected();
        Selector made = Selector.open();
        of.register(made, operation);
        if (reads) {
            reading = made;
        } else {
            writing = made;
        }
        return made;
    }

    /** As sockets of the JDK: an interrupt closes those of virtual threads, and is kept for later by others. */
    private void await(Selector selector, long limitMillis) throws IOException {
        boolean interrupted = false;
        try {
            if (Thread.currentThread().isVirtual() && Thread.currentThread().isInterrupted()) {
                close();
                throw new SocketException("closed by interrupt");
            }
            interrupted = Thread.interrupted();
            selector.select(limitMillis);
            selector.selectedKeys().clear();
        } catch (ClosedSelectorException e) {
            throw new SocketException("the socket is closed", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        connected();
        return input;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        connected();
        return output;
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        // A selector that closes wakes who waits for it; a channel does not.
        for (AutoCloseable each : new AutoCloseable[] {channel, reading, writing}) {
            if (each instanceof Selector selector) {
                selector.close();
            } else if (each instanceof SocketChannel open) {
                open.close();
            }
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        connected().shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        connected().shutdownOutput();
    }

    @Override
    public boolean isConnected() {
        return channel != null;
    }

    @Override
    public boolean isBound() {
        return channel != null;
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public boolean isInputShutdown() {
        return closed;
    }

    @Override
    public boolean isOutputShutdown() {
        return closed;
    }

    @Override
    public void setSoTimeout(int millis) {
        if (millis < 0) {
            throw new IllegalArgumentException("the time " + millis + " ms is negative");
        }
        timeoutMillis = millis;
    }

    @Override
    public int getSoTimeout() {
        return timeoutMillis;
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return path;
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return null;
    }

    @Override
    public InetAddress getInetAddress() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public int getPort() {
        return 0;
    }

    @Override
    public int getLocalPort() {
        return 0;
    }

    @Override
    public void bind(@Nullable SocketAddress address) {
        // It needs no address of its own.
    }

    // What only the network has is taken and means nothing.

    @Override
    public void setTcpNoDelay(boolean on) {}

    @Override
    public boolean getTcpNoDelay() {
        return true;
    }

    @Override
    public void setKeepAlive(boolean on) {}

    @Override
    public boolean getKeepAlive() {
        return false;
    }

    @Override
    public void setSoLinger(boolean on, int seconds) {}

    @Override
    public int getSoLinger() {
        return -1;
    }

    @Override
    public void setSendBufferSize(int size) {}

    @Override
    public int getSendBufferSize() {
        return 0;
    }

    @Override
    public void setReceiveBufferSize(int size) {}

    @Override
    public int getReceiveBufferSize() {
        return 0;
    }

    @Override
    public void setTrafficClass(int value) {}

    @Override
    public int getTrafficClass() {
        return 0;
    }

    @Override
    public void setReuseAddress(boolean on) {}

    @Override
    public boolean getReuseAddress() {
        return false;
    }

    @Override
    public String toString() {
        return "UnixSocket[" + path + "]";
    }
}
