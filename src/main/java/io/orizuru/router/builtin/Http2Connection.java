package io.orizuru.router.builtin;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/** The end of an HTTP/2 connection's own pipeline: closes the connection when it has had no stream for too long. */
// A write that fails closes its channel, and that is what is listened to.
@SuppressWarnings("FutureReturnValueIgnored")
final class Http2Connection extends ChannelInboundHandlerAdapter implements Watched {
    /** Beyond the 64 KiB that HTTP/2 starts with, so that a few uploads that are stuck do not stop the others. */
    private static final int WINDOW_BYTES = 2 * 1024 * 1024;

    private final DataPlane plane;
    private final Loop loop;
    private final Http2FrameCodec frames;
    private @Nullable ChannelHandlerContext context;
    private long lastActive;

    Http2Connection(DataPlane plane, Loop loop, Http2FrameCodec frames) {
        this.plane = plane;
        this.loop = loop;
        this.frames = frames;
        this.lastActive = loop.now();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        loop.watch(this);
        added.writeAndFlush(new DefaultHttp2WindowUpdateFrame(WINDOW_BYTES));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        loop.unwatch(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        DataPlane.reportIfBug(cause);
        from.close();
    }

    @Override
    public void check(long nanoTime) {
        if (frames.connection().numActiveStreams() > 0) {
            lastActive = nanoTime;
        } else if (nanoTime - lastActive
                > plane.options().timeouts().keepAlive().toNanos()) {
            close();
        }
    }

    @Override
    public void closeIfIdle() {
        if (frames.connection().numActiveStreams() == 0) {
            close();
        }
    }

    @Override
    public void close() {
        if (context != null) {
            context.close();
        }
    }
}
