package io.orizuru.router.builtin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * One direction of an upgraded connection: what arrives here goes to the other channel, byte for byte. It reads only as
 * fast as the other one writes.
 */
// A write that fails closes its channel, and that is what is listened to.
@SuppressWarnings("FutureReturnValueIgnored")
final class Tunnel extends ChannelInboundHandlerAdapter implements Watched {
    private final Channel other;
    private final Loop loop;
    private final Exchange exchange;

    Tunnel(Channel other, Loop loop, Exchange exchange) {
        this.other = other;
        this.loop = loop;
        this.exchange = exchange;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        loop.watch(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        loop.unwatch(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf)) {
            // What the HTTP decoder still had to say.
            ReferenceCountUtil.release(message);
            return;
        }
        exchange.progress();
        other.write(message);
        if (!other.isWritable()) {
            context.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        other.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            exchange.progress();
            other.config().setAutoRead(true);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        exchange.tunnelClosed();
        if (other.isActive()) {
            other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        DataPlane.reportIfBug(cause);
        context.close();
    }

    @Override
    public void check(long nanoTime) {
        exchange.check(nanoTime);
    }

    @Override
    public void closeIfIdle() {}

    @Override
    public void close() {
        other.close();
    }
}
