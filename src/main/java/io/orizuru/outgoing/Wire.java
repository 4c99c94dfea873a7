package io.orizuru.outgoing;

import io.orizuru.outgoing.Call.Header;
import io.orizuru.outgoing.OutgoingFailure.Rule;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.TruncatedChunkException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.protocol.DefaultHttpProcessor;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.http.protocol.HttpProcessor;
import org.apache.hc.core5.http.protocol.RequestContent;
import org.jspecify.annotations.Nullable;

/** One request and its answer over a connection that the door opened; HTTP/1.1, and then the connection ends. */
final class Wire implements AutoCloseable {
    private static final Http1Config BOUNDS = Http1Config.custom()
            .setMaxLineLength(32 * 1024)
            .setMaxHeaderCount(200)
            .setMaxEmptyLineCount(5)
            .build();
    private static final HttpProcessor FRAMING = new DefaultHttpProcessor(new RequestContent());

    private final Socket socket;
    private final Watch watch;
    private final String host;

    Wire(Socket socket, Watch watch, String host) {
        this.socket = socket;
        this.watch = watch;
        this.host = host;
    }

    /**
     * Speaks TLS from here on. The name is checked against the certificate, which is why the connection knows both: the
     * address it goes to and the name it was asked for.
     */
    Wire secured(Target target, Trust trust) throws OutgoingFailure {
        try {
            SSLSocket secure = (SSLSocket) trust.sockets().createSocket(socket, host, target.port(), true);
            SSLParameters parameters = secure.getSSLParameters();
            if (trust.verifying()) {
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
            }
            secure.setSSLParameters(parameters);
            secure.startHandshake();
            return new Wire(secure, watch, host);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    Exchange exchange(Request request, long answerLimit) throws OutgoingFailure {
        try (HttpEntity entity = request.content() == null ? null : entity(request.content())) {
            ClassicHttpRequest message = message(request);
            message.setEntity(entity);
            // Not closed by itself: its closing would first read an endless answer to its end. The socket is closed.
            DefaultBHttpClientConnection connection = new DefaultBHttpClientConnection(BOUNDS);
            connection.bind(socket);
            HttpRequestExecutor executor = new HttpRequestExecutor();
            HttpCoreContext context = HttpCoreContext.create();
            executor.preProcess(message, FRAMING, context);
            ClassicHttpResponse response = executor.execute(message, connection, null, context);
            AnswerHead head = head(request.target(), response);
            return new Exchange(head, body(response.getEntity(), answerLimit), this);
        } catch (HttpException e) {
            throw new OutgoingFailure(Rule.PROTOCOL, host, "what it answered is not HTTP: " + e.getMessage(), e);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Ends the connection at once, without manners: nothing is waited for. */
    @Override
    public void close() {
        watch.close();
        watch.closeGuarded();
    }

    private static ClassicHttpRequest message(Request request) {
        ClassicHttpRequest message =
                new BasicClassicHttpRequest(request.method(), request.target().path());
        message.addHeader("Host", request.target().authority());
        for (Header header : request.headers()) {
            message.addHeader(header.name(), header.value());
        }
        if (!message.containsHeader("User-Agent")) {
            message.addHeader("User-Agent", "orizuru");
        }
        message.addHeader("Connection", "close");
        return message;
    }

    private HttpEntity entity(Content content) throws OutgoingFailure {
        ContentType type = ContentType.parseLenient(content.mediaType());
        return switch (content) {
            case Content.Bytes(String mediaType, ByteBuffer bytes) -> {
                byte[] copy = new byte[bytes.remaining()];
                bytes.duplicate().get(copy);
                yield new ByteArrayEntity(copy, type);
            }
            case Content.File file -> entity(file, type);
            case Content.Stream stream -> new InputStreamEntity(new Source(stream.stream()), stream.length(), type);
        };
    }

    private HttpEntity entity(Content.File content, ContentType type) throws OutgoingFailure {
        try {
            long length = Files.size(content.file());
            return new InputStreamEntity(new Source(Files.newInputStream(content.file())), length, type);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private OutgoingFailure unreadable(IOException e) {
        return new OutgoingFailure(Rule.CONTENT, host, "what was to be sent could not be read", e);
    }

    private static AnswerHead head(Target target, ClassicHttpResponse response) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (var header : response.getHeaders()) {
            String value = header.getValue() == null ? "" : header.getValue();
            headers.computeIfAbsent(header.getName(), name -> new ArrayList<>()).add(value);
        }
        headers.replaceAll((name, values) -> List.copyOf(values));
        return new AnswerHead(response.getCode(), Collections.unmodifiableMap(headers), target.uri());
    }

    private InputStream body(@Nullable HttpEntity entity, long limit) throws IOException {
        if (entity == null) {
            return InputStream.nullInputStream();
        }
        if (entity.getContentLength() > limit) {
            throw tooLong(limit);
        }
        return new Body(entity.getContent(), limit);
    }

    private OutgoingFailure tooLong(long limit) {
        return new OutgoingFailure(
                Rule.SIZE, host, "its answer is longer than the " + limit + " bytes that it may have");
    }

    /** Names the trouble behind an exception of the network. */
    private OutgoingFailure failure(IOException e) {
        if (e instanceof OutgoingFailure failure) {
            return failure;
        }
        if (watch.expired()) {
            return watch.failure(host, e);
        }
        String detail = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return switch (e) {
            case SocketTimeoutException _ -> new OutgoingFailure(Rule.TIME, host, "it fell silent", e);
            case SSLException _ -> new OutgoingFailure(Rule.TLS, host, "no TLS with it: " + detail, e);
            case MessageConstraintException _ ->
                new OutgoingFailure(Rule.SIZE, host, "the head of its answer is too long: " + detail, e);
            case TruncatedChunkException _ ->
                new OutgoingFailure(Rule.CONNECTION, host, "the connection broke off within the answer", e);
            case MalformedChunkCodingException _ ->
                new OutgoingFailure(Rule.PROTOCOL, host, "its answer is cut into chunks wrongly: " + detail, e);
            default -> new OutgoingFailure(Rule.CONNECTION, host, "the connection broke: " + detail, e);
        };
    }

    /** What is sent: its trouble must not look like the network's. */
    private final class Source extends FilterInputStream {
        private Source(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException e) {
                throw unreadable(e);
            }
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                return super.read(into, offset, length);
            } catch (IOException e) {
                throw unreadable(e);
            }
        }
    }

    /** The answer's body, with an end. */
    private final class Body extends InputStream {
        private final InputStream in;
        private final long limit;
        private long taken;

        private Body(InputStream in, long limit) {
            this.in = in;
            this.limit = limit;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count;
            try {
                count = in.read(into, offset, length);
            } catch (IOException e) {
                throw failure(e);
            }
            if (count > 0) {
                taken += count;
            }
            if (taken > limit) {
                throw tooLong(limit);
            }
            return count;
        }

        @Override
        public void close() {
            Wire.this.close();
        }
    }
}
