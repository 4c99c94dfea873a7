package io.orizuru.router.builtin;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A client's HTTP/1.1 connection, or one stream of its HTTP/2 connection. Takes one request after the other: what a client
 * sends ahead waits, and it is not read from until its turn comes.
 */
// A write that fails closes its channel, and that is what is listened to.
@SuppressWarnings("FutureReturnValueIgnored")
final class ClientHandler extends ChannelInboundHandlerAdapter implements Watched {
    /** How long a client that is still sending gets to read an answer before the connection is closed under it. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final DataPlane plane;
    private final Loop loop;
    private final Peer peer;
    /** Null on an HTTP/2 stream. */
    private final @Nullable ClientResponseEncoder encoder;

    private final Queue<HttpObject> ahead = new ArrayDeque<>(0);
    private @Nullable ChannelHandlerContext context;
    private @Nullable Exchange exchange;

    private boolean first = true;
    /** The last request's end has not arrived. */
    private boolean receiving;
    /** It is not only its end that has not arrived. */
    private boolean receivingBody;

    private boolean answersHead;
    private boolean http10;
    private boolean keepAlive;
    private boolean closing;
    private boolean takingAhead;
    /** Not even the first byte of a request is there. */
    private boolean idle;

    private long since;

    ClientHandler(DataPlane plane, Loop loop, Peer peer, @Nullable ClientResponseEncoder encoder) {
        this.plane = plane;
        this.loop = loop;
        this.peer = peer;
        this.encoder = encoder;
        this.since = System.nanoTime();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        loop.watch(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        loop.unwatch(this);
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    private boolean isHttp2() {
        return encoder == null;
    }

    /** Something arrived, be it only a part of a head. */
    void bytesArrived() {
        if (idle) {
            idle = false;
            since = loop.now();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (closing || !(message instanceof HttpObject object)) {
            ReferenceCountUtil.release(message);
        } else if (ahead.isEmpty() && isTurn()) {
            take(object);
        } else {
            ahead.add(object);
            updateReading();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext from) {
        if (exchange != null) {
            exchange.flushToBackend();
        }
    }

    /** Whether what arrives belongs to the request under way, or none is. */
    private boolean isTurn() {
        return exchange == null || receiving;
    }

    private void take(HttpObject object) {
        if (object instanceof HttpRequest request) {
            begin(request);
            if (object instanceof HttpContent whole) {
                whole.release();
            }
            return;
        }
        HttpContent content = (HttpContent) object;
        if (content instanceof LastHttpContent && content.decoderResult().isSuccess()) {
            receiving = false;
            receivingBody = false;
        }
        if (exchange == null) {
            content.release();
            if (!receiving) {
                awaitNext();
            }
        } else if (content.decoderResult().isFailure()) {
            // A chunk's size that is none: where the body ends cannot be known any more.
            content.release();
            exchange.requestMalformed();
        } else {
            exchange.requestContent(content);
        }
    }

    private void begin(HttpRequest request) {
        idle = false;
        receiving = !(request instanceof LastHttpContent);
        receivingBody = false;
        keepAlive = false;
        http10 = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        setAnswersHead(request.method().equals(HttpMethod.HEAD));
        if (first && !isHttp2()) {
            removeIfThere(context().pipeline(), HttpServerUpgradeHandler.class);
        }
        first = false;
        try {
            RequestHead head = RequestHead.read(request, peer, isHttp2());
            receivingBody = head.hasBody();
            keepAlive = head.keepAlive();
            Exchange started = new Exchange(plane, loop, this, head);
            exchange = started;
            started.start();
            updateReading();
        } catch (RequestHead.Refused e) {
            // Where the next request starts may not be clear, so there is none.
            receivingBody = true;
            respond(e.status(), Objects.requireNonNull(e.getMessage()), 0);
        }
    }

    private void setAnswersHead(boolean value) {
        answersHead = value;
        if (encoder != null) {
            encoder.answersHead(value);
        }
    }

    /** Reads on, or not: not when the backend is slower, and not when the client is ahead. */
    void updateReading() {
        boolean blocked = !ahead.isEmpty() || (exchange != null && exchange.blocksRequest());
        context().channel().config().setAutoRead(closing || !blocked);
    }

    boolean isWritable() {
        return context().channel().isWritable();
    }

    /** Writes without flushing; a failure is an exception of the pipeline, and a promise for each message would be waste. */
    void write(Object message) {
        if (isHttp2()) {
            context().write(message);
        } else {
            context().write(message, context().voidPromise());
        }
    }

    void flush() {
        context().flush();
    }

    void interim(HttpResponse response) {
        if (http10) {
            return;
        }
        Headers.removeConnectionHeaders(response.headers());
        context()
                .writeAndFlush(new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        response.status(),
                        Unpooled.EMPTY_BUFFER,
                        response.headers(),
                        EmptyHttpHeaders.INSTANCE));
    }

    /** Writes a backend's head as this client's protocol wants it. */
    void responseHead(HttpResponse response) {
        HttpHeaders headers = response.headers();
        Headers.removeConnectionHeaders(headers);
        headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
        int status = response.status().code();
        if (!isHttp2()) {
            keepAlive &= !receivingBody && !plane.isClosing();
            boolean empty = answersHead || status == 204 || status == 304;
            if (!empty && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
                if (http10) {
                    keepAlive = false;
                } else {
                    headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
                }
            }
            setConnection(headers);
        }
        plane.counters().response(status);
        write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, response.status(), headers));
    }

    private void setConnection(HttpHeaders headers) {
        if (!keepAlive) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (http10) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    /** The last piece of the response was written. */
    void responseEnded() {
        exchange = null;
        flush();
        if (isHttp2()) {
            if (receiving) {
                // RFC 9113, 8.1: the answer is complete, the rest of the request is not wanted.
                closing = true;
                context().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
            }
        } else if (!keepAlive || receivingBody) {
            hangUp();
        } else if (!receiving) {
            awaitNext();
        }
    }

    /**
     * Answers by itself; the request's exchange is over.
     *
     * @param retryAfterSeconds 0 for no such header
     */
    void respond(HttpResponseStatus status, String message, int retryAfterSeconds) {
        byte[] text = (message + "\n").getBytes(StandardCharsets.UTF_8);
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, answersHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(text));
        HttpHeaders headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        headers.setInt(HttpHeaderNames.CONTENT_LENGTH, text.length);
        headers.set("x-content-type-options", "nosniff");
        if (retryAfterSeconds > 0) {
            headers.setInt(HttpHeaderNames.RETRY_AFTER, retryAfterSeconds);
        }
        if (!isHttp2()) {
            keepAlive &= !receivingBody && !plane.isClosing();
            setConnection(headers);
        }
        plane.counters().response(status.code());
        write(response);
        responseEnded();
    }

    private void awaitNext() {
        StrictRequestDecoder decoder = context().pipeline().get(StrictRequestDecoder.class);
        idle = decoder == null || !decoder.holdsBytes();
        since = loop.now();
        if (takingAhead) {
            return;
        }
        takingAhead = true;
        while (!ahead.isEmpty() && isTurn() && !closing) {
            take(ahead.remove());
        }
        takingAhead = false;
        updateReading();
        if (exchange != null) {
            exchange.flushToBackend();
        }
    }

    /**
     * Closes, once the client has the answer. A client that is still sending would get a reset instead when its connection
     * was simply closed (RFC 9112, 9.6): so first our half, and a little later the other.
     */
    private void hangUp() {
        closing = true;
        releaseAhead();
        since = System.nanoTime();
        updateReading();
        boolean stillSending = receivingBody;
        context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> {
            SslHandler tls = context().pipeline().get(SslHandler.class);
            if (stillSending && done.isSuccess() && tls != null) {
                tls.closeOutbound();
            } else if (stillSending && done.isSuccess() && context().channel() instanceof DuplexChannel channel) {
                channel.shutdownOutput();
            } else {
                context().close();
            }
        });
    }

    /** Ends the connection or stream so that the client cannot take what it has for all. */
    void abort() {
        closing = true;
        if (isHttp2()) {
            write(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
        }
        flush();
        context().channel().close();
    }

    /** Writes the backend's agreement and becomes one end of a tunnel to it. */
    void tunnel(HttpResponse response, Channel backend, Exchange tunnelled) {
        HttpHeaders headers = response.headers();
        Headers.removeConnectionHeaders(headers);
        headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
        plane.counters().response(response.status().code());
        Channel channel = context().channel();
        channel.writeAndFlush(new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, response.status(), Unpooled.EMPTY_BUFFER, headers, EmptyHttpHeaders.INSTANCE));
        exchange = null;
        releaseAhead();
        // The ends first, then the codecs: a codec that goes passes on the bytes it has not looked at.
        channel.pipeline().replace(this, null, new Tunnel(backend, loop, tunnelled));
        backend.pipeline().replace(BackendConnection.class, null, new Tunnel(channel, loop, tunnelled));
        removeIfThere(channel.pipeline(), HttpServerUpgradeHandler.class);
        channel.pipeline().remove(ClientResponseEncoder.class);
        channel.pipeline().remove(StrictRequestDecoder.class);
        backend.pipeline().remove(BackendConnection.CODEC);
        channel.config().setAutoRead(true);
        backend.config().setAutoRead(true);
    }

    private static void removeIfThere(ChannelPipeline pipeline, Class<? extends ChannelHandler> type) {
        if (pipeline.get(type) != null) {
            pipeline.remove(type);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext from, Object event) {
        boolean toHttp2 = event instanceof HttpServerUpgradeHandler.UpgradeEvent;
        from.fireUserEventTriggered(event);
        if (toHttp2) {
            from.pipeline().remove(this);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        if (exchange != null) {
            exchange.clientWritabilityChanged();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        closing = true;
        releaseAhead();
        Exchange current = exchange;
        exchange = null;
        if (current != null) {
            current.clientClosed();
        }
    }

    private void releaseAhead() {
        ahead.forEach(ReferenceCountUtil::release);
        ahead.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        DataPlane.reportIfBug(cause);
        from.channel().close();
    }

    @Override
    public void check(long nanoTime) {
        if (exchange != null) {
            exchange.check(nanoTime);
            return;
        }
        BuiltinRouter.Timeouts timeouts = plane.options().timeouts();
        Duration limit = closing ? LINGER : idle ? timeouts.keepAlive() : timeouts.head();
        if (nanoTime - since <= limit.toNanos()) {
            return;
        }
        // An answer in cleartext is none to a client that has not come through the door of TLS.
        if (closing || idle || isHttp2() || (first && peer.isSecure())) {
            close();
        } else {
            keepAlive = false;
            receivingBody = true;
            respond(HttpResponseStatus.REQUEST_TIMEOUT, "the request's head did not arrive in time", 0);
        }
    }

    @Override
    public void closeIfIdle() {
        if (exchange == null && !isHttp2()) {
            close();
        }
    }

    @Override
    public void close() {
        context().channel().close();
    }
}
