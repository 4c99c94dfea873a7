package io.orizuru.router.builtin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a TLS connection: reads which name is asked for, and lets the handshake go on with that name's certificate,
 * as it is at that moment. Without one there is nothing to show, and the client is told so.
 */
// A write that fails closes its channel, and that is what is listened to.
@SuppressWarnings("FutureReturnValueIgnored")
final class TlsDoor extends AbstractSniHandler<SslContext> {
    /** As clients send it a few hundred bytes; what is longer keeps memory for nothing. */
    private static final int LONGEST_HELLO = 16 * 1024;

    /** A fatal alert, in a record of its own: there is no such name here (RFC 6066, 3). */
    private static final byte[] UNRECOGNIZED_NAME = {21, 3, 3, 0, 2, 2, 112};

    private final DataPlane plane;

    TlsDoor(DataPlane plane) {
        super(LONGEST_HELLO, plane.options().timeouts().head().toMillis());
        this.plane = plane;
    }

    @Override
    protected Future<SslContext> lookup(ChannelHandlerContext context, @Nullable String asked) {
        String host = asked == null ? null : HostName.ofHeader(asked);
        SslContext found = host == null ? null : plane.certificateOf(host);
        return found == null
                ? context.executor().newFailedFuture(new NoSuchElementException("there is no certificate for " + host))
                : context.executor().newSucceededFuture(found);
    }

    @Override
    protected void onLookupComplete(
            ChannelHandlerContext context, @Nullable String asked, Future<SslContext> completed) {
        if (!completed.isSuccess()) {
            context.writeAndFlush(Unpooled.wrappedBuffer(UNRECOGNIZED_NAME)).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        SslHandler tls = completed.getNow().newHandler(context.alloc());
        tls.setHandshakeTimeoutMillis(handshakeTimeoutMillis);
        context.pipeline().replace(this, null, tls);
    }
}
