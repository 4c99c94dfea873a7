package io.orizuru.router.remote;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.orizuru.config.AdminListen;
import io.orizuru.socket.SocketPlace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP of a router's admin listener, on an address or on a Unix socket for this user alone. One request a connection, of
 * which the head is judged before its body is read. All of it is bounded: connections, bytes, and how long they take.
 */
final class AdminListener implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AdminListener.class.getName());
    private static final int BACKLOG = 64;
    private static final int MOST_CONNECTIONS = 256;
    private static final int LONGEST_LINE = 4096;
    private static final int LARGEST_HEAD = 16 * 1024;
    private static final int LARGEST_BODY = 64 * 1024 * 1024;
    private static final long TO_ASK_SECONDS = 30;
    private static final long TO_HEAR_SECONDS = 90;
    private static final long TO_HEAR_REFUSAL_SECONDS = 1;

    /** As much of a request as a router looks at; the body is empty while only the head is there. */
    record Asked(String method, String path, String authorization, String known, byte[] body) {}

    /** Who answers. */
    interface Answering {
        /** What the head of a request is refused with; null lets its body come. */
        @Nullable
        Reply refusal(Asked head);

        /** May take its time: it has a thread of its own. */
        Reply answer(Asked request);
    }

    /**
     * An answer.
     *
     * @param tag an entity tag; empty for none
     */
    record Reply(int status, String type, byte[] body, String tag) {}

    private final AdminListen listen;
    private final @Nullable SSLContext tls;
    private final Answering answering;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final EventLoopGroup loop = new NioEventLoopGroup(1, new DefaultThreadFactory("orizuru-admin", true));
    private final AtomicInteger connections = new AtomicInteger();
    private @Nullable Channel listener;

    AdminListener(AdminListen listen, @Nullable SSLContext tls, Answering answering) {
        this.listen = listen;
        this.tls = tls;
        this.answering = answering;
    }

    /**
     * Listens and answers.
     *
     * @return the bound port; 0 for a Unix socket
     * @throws IOException when that cannot be
     */
    int start() throws IOException {
        Channel bound =
                switch (listen) {
                    case AdminListen.Tcp(var endpoint) ->
                        bind(
                                bootstrap()
                                        .channel(NioServerSocketChannel.class)
                                        .option(ChannelOption.SO_REUSEADDR, true),
                                new InetSocketAddress(endpoint.host(), endpoint.port()));
                    case AdminListen.Unix(Path socket) -> bindUnix(socket);
                };
        listener = bound;
        return bound.localAddress() instanceof InetSocketAddress address ? address.getPort() : 0;
    }

    /** Whoever runs before us on the directory has given its lock back, so what is there leads to nobody. */
    private Channel bindUnix(Path socket) throws IOException {
        Path directory = socket.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException("\"" + socket + "\" is no file for a socket");
        }
        SocketPlace.make(directory, 0);
        Files.deleteIfExists(socket);
        Channel bound =
                bind(bootstrap().channel(NioServerDomainSocketChannel.class), UnixDomainSocketAddress.of(socket));
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        return bound;
    }

    private ServerBootstrap bootstrap() {
        return new ServerBootstrap()
                .group(loop)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                });
    }

    private Channel bind(ServerBootstrap bootstrap, SocketAddress address) throws IOException {
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("the router cannot listen on " + listen + " for its routes", bound.cause());
        }
        return bound.channel();
    }

    private void accept(Channel channel) {
        if (connections.incrementAndGet() > MOST_CONNECTIONS) {
            connections.decrementAndGet();
            var unused = channel.close();
            return;
        }
        channel.closeFuture().addListener(closed -> connections.decrementAndGet());
        if (tls != null) {
            SSLEngine engine = tls.createSSLEngine();
            engine.setUseClientMode(false);
            channel.pipeline().addLast(new SslHandler(engine));
        }
        channel.pipeline().addLast(new HttpServerCodec(LONGEST_LINE, LARGEST_HEAD, 64 * 1024), new Request());
        endLater(channel, TO_ASK_SECONDS, () -> channel.pipeline()
                .get(Request.class)
                .isWhole());
    }

    private interface Unless {
        boolean holds();
    }

    private static void endLater(Channel channel, long seconds, Unless unless) {
        var scheduled = channel.eventLoop()
                .schedule(
                        () -> {
                            if (!unless.holds()) {
                                var unused = channel.close();
                            }
                        },
                        seconds,
                        TimeUnit.SECONDS);
        channel.closeFuture().addListener(closed -> scheduled.cancel(false));
    }

    /** Takes no connections any more; those that are there go on. */
    void stopListening() {
        if (listener != null) {
            listener.close().awaitUninterruptibly();
        }
    }

    @Override
    public void close() {
        stopListening();
        threads.shutdownNow();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    /** The one request of a connection; on the event loop but for the answering. */
    private final class Request extends SimpleChannelInboundHandler<HttpObject> {
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private @Nullable Asked head;
        private boolean answered;

        boolean isWhole() {
            return answered;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (answered) {
                return;
            }
            if (part.decoderResult().isFailure()) {
                refuse(context, AdminServer.text(400, "that is no request"));
                return;
            }
            if (part instanceof HttpRequest request) {
                head = asked(request);
                Reply refusal = answering.refusal(head);
                if (refusal != null) {
                    refuse(context, refusal);
                    return;
                }
            }
            if (part instanceof HttpContent content && head != null) {
                if (body.size() + content.content().readableBytes() > LARGEST_BODY) {
                    refuse(context, AdminServer.text(413, "the body has more than " + LARGEST_BODY + " bytes"));
                    return;
                }
                byte[] bytes = new byte[content.content().readableBytes()];
                content.content().readBytes(bytes);
                body.writeBytes(bytes);
                if (part instanceof LastHttpContent) {
                    answered = true;
                    answer(
                            context,
                            new Asked(
                                    head.method(),
                                    head.path(),
                                    head.authorization(),
                                    head.known(),
                                    body.toByteArray()));
                }
            }
        }

        private static Asked asked(HttpRequest request) {
            return new Asked(
                    request.method().name(),
                    new QueryStringDecoder(request.uri()).rawPath(),
                    request.headers().get(HttpHeaderNames.AUTHORIZATION, ""),
                    request.headers().get(HttpHeaderNames.IF_NONE_MATCH, ""),
                    new byte[0]);
        }

        private void answer(ChannelHandlerContext context, Asked request) {
            threads.execute(() -> {
                Reply reply = answering.answer(request);
                if (context.channel().isOpen()) {
                    send(context, reply).addListener(ChannelFutureListener.CLOSE);
                }
            });
        }

        /** Closed at once, a connection with a body on its way is reset, and the answer with it. */
        private void refuse(ChannelHandlerContext context, Reply reply) {
            answered = true;
            send(context, reply).addListener(sent -> endLater(context.channel(), TO_HEAR_REFUSAL_SECONDS, () -> false));
        }

        private static ChannelFuture send(ChannelHandlerContext context, Reply reply) {
            var response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    HttpResponseStatus.valueOf(reply.status()),
                    Unpooled.wrappedBuffer(reply.body()));
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, reply.type());
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, reply.body().length);
            response.headers().set(HttpHeaderNames.CONNECTION, "close");
            if (!reply.tag().isEmpty()) {
                response.headers().set(HttpHeaderNames.ETAG, reply.tag());
            }
            endLater(context.channel(), TO_HEAR_SECONDS, () -> false);
            return context.writeAndFlush(response);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.log(System.Logger.Level.DEBUG, "a connection to the admin listener broke", cause);
            var unused = context.close();
        }
    }
}
