package io.orizuru.limit;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.orizuru.config.Settings;
import io.orizuru.files.Descriptors;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Applies {@link Connections} to the API's listener. The framework lets nobody see a connection before its first request;
 * so this is an extension of Netty's, made by its service loader, and sees each one before its first byte is read.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Whether a close succeeds is seen by the channel's own end.
public final class ConnectionLimits extends ChannelInitializerExtension {
    private static final long LOOK_SECONDS = 5;
    private static volatile @Nullable Guarded guarded;

    private record Guarded(Connections connections, int port, AtomicBoolean looking) {}

    /** Netty ignores extensions unless this is set to {@link #ENABLED} before its first server is made. */
    public static final String PROPERTY = EXTENSIONS_SYSTEM_PROPERTY;

    public static final String ENABLED = "serviceload";

    /** For Netty. */
    public ConnectionLimits() {}

    /** From now on the settings' limits hold for the listener of a port of this program. */
    public static void guard(int port, Settings settings) {
        Connections connections =
                new Connections(settings.limits(), Descriptors.own(), settings.trustedProxies(), System::nanoTime);
        guarded = new Guarded(connections, port, new AtomicBoolean());
    }

    /** The head of a request has come over a connection. */
    public static void requestBegan(String peerAddress, int peerPort) {
        Guarded current = guarded;
        if (current != null) {
            current.connections.requestBegan(new Connections.Peer(peerAddress, peerPort));
        }
    }

    /** A request that came over a connection was answered, or given up. */
    public static void requestEnded(String peerAddress, int peerPort) {
        Guarded current = guarded;
        if (current != null) {
            current.connections.requestEnded(new Connections.Peer(peerAddress, peerPort));
        }
    }

    /** How many connections the API's listener has. */
    public static int count() {
        Guarded current = guarded;
        return current == null ? 0 : current.connections.count();
    }

    @Override
    public void postInitializeServerChildChannel(Channel channel) {
        Guarded current = guarded;
        if (current == null
                || !(channel.localAddress() instanceof InetSocketAddress local)
                || local.getPort() != current.port
                || !(channel.remoteAddress() instanceof InetSocketAddress remote)) {
            return;
        }
        Connections.Peer peer = new Connections.Peer(remote.getAddress().getHostAddress(), remote.getPort());
        if (!current.connections.opened(peer, remote.getAddress(), channel::close)) {
            channel.unsafe().closeForcibly();
            return;
        }
        channel.pipeline().addFirst(new Arrivals(current.connections, peer));
        channel.closeFuture().addListener(closed -> current.connections.closed(peer));
        lookLater(current);
    }

    /** Tells of bytes before anybody reads them, under TLS as well. */
    private static final class Arrivals extends ChannelInboundHandlerAdapter {
        private final Connections connections;
        private final Connections.Peer peer;

        Arrivals(Connections connections, Connections.Peer peer) {
            this.connections = connections;
            this.peer = peer;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof ByteBuf bytes) {
                connections.arrived(peer, bytes.readableBytes());
            }
            context.fireChannelRead(message);
        }
    }

    /** There is no clock where there is no connection. */
    private static void lookLater(Guarded current) {
        if (current.looking.compareAndSet(false, true)) {
            GlobalEventExecutor.INSTANCE.schedule(() -> look(current), LOOK_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static void look(Guarded current) {
        current.looking.set(false);
        current.connections.closeOverdue();
        if (current.connections.count() > 0) {
            lookLater(current);
        }
    }
}
