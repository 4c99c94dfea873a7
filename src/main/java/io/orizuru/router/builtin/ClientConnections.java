package io.orizuru.router.builtin;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ServerUpgradeCodec;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Sets up clients' connections. A connection speaks HTTP/1.1 until its first bytes are HTTP/2's preface, or its first
 * request asks for the upgrade to {@code h2c}; after that each of its streams is handled as if it were a connection.
 */
// A write that fails closes its channel, and that is what is listened to.
@SuppressWarnings("FutureReturnValueIgnored")
@Sharable
final class ClientConnections extends ChannelInitializer<Channel> {
    private static final int STREAM_WINDOW_BYTES = 256 * 1024;

    private final DataPlane plane;
    private final Map<EventExecutor, Loop> loops;
    private final boolean tls;

    /** @param tls whether connections begin with TLS, in which they speak HTTP/1.1 and nothing else */
    ClientConnections(DataPlane plane, Map<EventExecutor, Loop> loops, boolean tls) {
        this.plane = plane;
        this.loops = loops;
        this.tls = tls;
    }

    @Override
    protected void initChannel(Channel channel) {
        if (!plane.connectionOpened()) {
            channel.close();
            return;
        }
        channel.closeFuture().addListener(closed -> plane.connectionClosed());
        Loop loop = Objects.requireNonNull(loops.get(channel.eventLoop()));
        Peer peer = Peer.of(channel, plane.options().trustedProxies(), tls);
        BuiltinRouter.Limits limits = plane.options().limits();
        ClientResponseEncoder encoder = new ClientResponseEncoder();
        ClientHandler handler = new ClientHandler(plane, loop, peer, encoder);
        StrictRequestDecoder decoder = new StrictRequestDecoder(limits, handler::bytesArrived);
        if (tls) {
            channel.pipeline()
                    .addLast(new TlsDoor(plane))
                    .addLast(decoder)
                    .addLast(encoder)
                    .addLast(handler);
            return;
        }
        UpgradeToHttp2 upgrade = new UpgradeToHttp2(decoder, encoder, loop, peer);
        channel.pipeline()
                .addLast(new PrefaceDetector(loop, peer))
                .addLast(decoder)
                .addLast(encoder)
                .addLast(upgrade)
                .addLast(handler);
    }

    private Http2FrameCodec frames() {
        BuiltinRouter.Limits limits = plane.options().limits();
        return Http2FrameCodecBuilder.forServer()
                .initialSettings(Http2Settings.defaultSettings()
                        .maxConcurrentStreams(limits.streams())
                        .initialWindowSize(STREAM_WINDOW_BYTES)
                        .maxHeaderListSize(limits.headers()))
                .build();
    }

    private Http2MultiplexHandler streams(Loop loop, Peer peer) {
        return new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.pipeline()
                        .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                        .addLast(new ClientHandler(plane, loop, peer, null));
            }
        });
    }

    /** Looks at the first bytes only, then gets out of the way. */
    private final class PrefaceDetector extends ByteToMessageDecoder {
        private final Loop loop;
        private final Peer peer;
        private final ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();

        PrefaceDetector(Loop loop, Peer peer) {
            this.loop = loop;
            this.peer = peer;
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            int length = Math.min(in.readableBytes(), preface.readableBytes());
            boolean same = true;
            for (int i = 0; same && i < length; i++) {
                same = in.getByte(in.readerIndex() + i) == preface.getByte(i);
            }
            if (!same) {
                context.pipeline().remove(this);
            } else if (length == preface.readableBytes()) {
                ChannelPipeline pipeline = context.pipeline();
                pipeline.remove(ClientHandler.class);
                pipeline.remove(UpgradeToHttp2.class);
                pipeline.remove(ClientResponseEncoder.class);
                pipeline.remove(StrictRequestDecoder.class);
                Http2FrameCodec frames = frames();
                pipeline.addLast(frames, streams(loop, peer), new Http2Connection(plane, loop, frames));
                pipeline.remove(this);
            }
        }

        @Override
        protected void handlerRemoved0(ChannelHandlerContext context) {
            preface.release();
        }
    }

    /** The upgrade to {@code h2c}, of a connection's first request only and only when that has no body. */
    private final class UpgradeToHttp2 extends HttpServerUpgradeHandler {
        private static final int NO_BODY = 0;

        UpgradeToHttp2(StrictRequestDecoder decoder, ClientResponseEncoder encoder, Loop loop, Peer peer) {
            super(
                    context -> removeCodec(context, decoder, encoder),
                    protocol -> {
                        if (!AsciiString.contentEquals(Http2CodecUtil.HTTP_UPGRADE_PROTOCOL_NAME, protocol)) {
                            return null;
                        }
                        Http2FrameCodec frames = frames();
                        return new Http2ServerUpgradeCodec(
                                frames, streams(loop, peer), new Http2Connection(plane, loop, frames));
                    },
                    NO_BODY);
        }

        private static void removeCodec(
                ChannelHandlerContext context, StrictRequestDecoder decoder, ClientResponseEncoder encoder) {
            context.pipeline().remove(decoder);
            context.pipeline().remove(encoder);
        }

        @Override
        protected boolean shouldHandleUpgradeRequest(HttpRequest request) {
            return !Headers.hasBody(request) && request.decoderResult().isSuccess();
        }
    }
}
