package io.orizuru.outgoing;

import io.orizuru.config.Endpoint;
import io.orizuru.config.Settings;
import io.orizuru.failure.Failure;
import io.vertx.core.Vertx;
import io.vertx.core.dns.DnsClient;
import io.vertx.core.dns.DnsClientOptions;
import io.vertx.core.dns.DnsException;
import io.vertx.core.dns.DnsResponseCode;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * TXT records, asked of the one DNS server that the operator chose: whoever names a record does not choose who is asked. A look
 * takes five seconds at most, and there are eight at once.
 */
@ApplicationScoped
public class TextRecords {
    /** Of one question: a packet gets lost now and then. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final int QUESTIONS = 2;
    /** In case that the client forgets its own limit. */
    private static final Duration LIMIT = PATIENCE.plusMillis(500);

    private static final Duration TURN = Duration.ofSeconds(5);
    private static final int AT_ONCE = 8;

    private final Vertx vertx;
    private final @Nullable Endpoint server;
    private final Semaphore looks = new Semaphore(AT_ONCE);

    TextRecords(Vertx vertx, Settings settings) {
        this.vertx = vertx;
        this.server = settings.names().dns();
    }

    /**
     * The texts that a name has; none when there is no such name.
     *
     * @param name plain labels of letters, digits, {@code -} and {@code _}
     * @throws Failure upstream, when DNS does not answer in time, or with an error
     */
    public List<String> of(String name) {
        if (!name.matches("[A-Za-z0-9_.-]{1,253}")) {
            throw Failure.invalid("the name \"" + name + "\" is too long to have a record in DNS");
        }
        try {
            if (!looks.tryAcquire(TURN.toMillis(), TimeUnit.MILLISECONDS)) {
                throw Failure.unavailable("too many names are being looked up at the moment; try again in a moment");
            }
            try {
                return looked(name);
            } finally {
                looks.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    private List<String> looked(String name) throws InterruptedException {
        DnsClient client = vertx.createDnsClient(options());
        try {
            return asked(client, name);
        } finally {
            var unused = client.close();
        }
    }

    private static List<String> asked(DnsClient client, String name) throws InterruptedException {
        String problem = "there was no answer";
        for (int question = 0; question < QUESTIONS; question++) {
            try {
                return client.resolveTXT(name)
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                problem = "there was no answer in time";
            } catch (ExecutionException e) {
                if (e.getCause() instanceof DnsException answer) {
                    if (answer.code() == DnsResponseCode.NXDOMAIN) {
                        return List.of();
                    }
                    problem = "the answer was " + answer.code();
                }
            }
        }
        throw Failure.upstream("DNS does not tell the TXT record " + name + ": " + problem);
    }

    private DnsClientOptions options() {
        DnsClientOptions options = new DnsClientOptions().setQueryTimeout(PATIENCE.toMillis());
        return server == null ? options : options.setHost(server.host()).setPort(server.port());
    }
}
