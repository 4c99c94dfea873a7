package io.orizuru.router.builtin;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.ThreadFactory;

/** How sockets are read and written: by Linux's epoll without the JDK between where there is a library for it. */
final class Transport {
    private static final boolean NATIVE = Epoll.isAvailable();

    private Transport() {}

    static EventLoopGroup group(int threads, ThreadFactory factory) {
        return NATIVE ? new EpollEventLoopGroup(threads, factory) : new NioEventLoopGroup(threads, factory);
    }

    static Class<? extends ServerSocketChannel> listener() {
        return NATIVE ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    static Class<? extends SocketChannel> connection() {
        return NATIVE ? EpollSocketChannel.class : NioSocketChannel.class;
    }
}
