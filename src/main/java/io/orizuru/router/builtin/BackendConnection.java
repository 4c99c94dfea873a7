package io.orizuru.router.builtin;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A connection to a backend: serves one exchange at a time and is kept between them. */
// A write that fails closes its channel, and that is what is listened to.
@SuppressWarnings("FutureReturnValueIgnored")
final class BackendConnection extends ChannelInboundHandlerAdapter implements Watched {
    /** The name of the HTTP codec in the pipeline. */
    static final String CODEC = "http";

    private final DataPlane plane;
    private final Loop loop;
    private final Upstream upstream;
    private @Nullable Channel channel;
    private @Nullable Exchange exchange;
    private @Nullable HttpResponse interim;
    private long idleSince;

    BackendConnection(DataPlane plane, Loop loop, Upstream upstream) {
        this.plane = plane;
        this.loop = loop;
        this.upstream = upstream;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
        BuiltinRouter.Limits limits = plane.options().limits();
        HttpDecoderConfig config = new HttpDecoderConfig()
                .setMaxInitialLineLength(limits.requestLine())
                .setMaxHeaderSize(limits.headers())
                .setMaxChunkSize(64 * 1024);
        context.pipeline().addBefore(context.name(), CODEC, new HttpClientCodec(config, false, false));
    }

    Upstream upstream() {
        return upstream;
    }

    Channel channel() {
        return Objects.requireNonNull(channel);
    }

    long idleSince() {
        return idleSince;
    }

    void serve(Exchange next) {
        exchange = next;
    }

    boolean isWritable() {
        return channel().isWritable();
    }

    /** Writes without flushing; a failure is an exception of the pipeline and closes the connection. */
    void write(Object message) {
        channel().write(message, channel().voidPromise());
    }

    void flush() {
        channel().flush();
    }

    void setReading(boolean value) {
        channel().config().setAutoRead(value);
    }

    /** The exchange is over. */
    void release(boolean reusable) {
        exchange = null;
        if (!reusable || upstream.isRetired() || !channel().isActive()) {
            close();
            return;
        }
        idleSince = System.nanoTime();
        setReading(true);
        loop.keep(this);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        loop.watch(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Exchange current = exchange;
        if (current == null) {
            // Nobody asked: a 408 before the close, or garbage that must not become somebody's answer.
            ReferenceCountUtil.release(message);
            close();
            return;
        }
        if (message instanceof HttpResponse response) {
            head(current, response);
            if (!(message instanceof HttpContent)) {
                return;
            }
        }
        if (message instanceof HttpContent content) {
            content(current, content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void head(Exchange current, HttpResponse response) {
        if (response.decoderResult().isFailure()) {
            current.backendFailed("its answer is malformed");
        } else if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            interim = response;
        } else {
            current.responseHead(response);
        }
    }

    private void content(Exchange current, HttpContent content) {
        HttpResponse before = interim;
        if (before == null) {
            if (content.decoderResult().isFailure()) {
                content.release();
                current.backendFailed("its answer is malformed");
            } else {
                current.responseContent(content);
            }
            return;
        }
        // The decoder ends an interim response like any other one.
        content.release();
        if (content instanceof LastHttpContent) {
            interim = null;
            if (before.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                current.upgraded(before);
            } else {
                current.interim(before);
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.flushToClient();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.backendWritabilityChanged();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loop.unwatch(this);
        loop.forget(this);
        if (exchange != null) {
            exchange.backendClosed();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        DataPlane.reportIfBug(cause);
        close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        loop.unwatch(this);
    }

    @Override
    public void check(long nanoTime) {
        if (exchange == null
                && nanoTime - idleSince > plane.options().timeouts().pooled().toNanos()) {
            close();
        }
    }

    @Override
    public void closeIfIdle() {
        if (exchange == null) {
            close();
        }
    }

    @Override
    public void close() {
        // Out of the kept ones at once: closing may take until the next turn of the loop.
        loop.forget(this);
        channel().close();
    }
}
