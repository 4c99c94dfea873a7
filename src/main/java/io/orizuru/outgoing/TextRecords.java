package io.orizuru.outgoing;

import io.orizuru.config.Endpoint;
import io.orizuru.config.Settings;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.Attributes;
import javax.naming.directory.InitialDirContext;
import org.jspecify.annotations.Nullable;

/**
 * TXT records, asked of the one DNS server that the operator chose: whoever names a record does not choose who is asked. A look
 * takes five seconds at most, and there are eight at once.
 */
@ApplicationScoped
public class TextRecords {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int AT_ONCE = 8;
    private static final int MOST_RECORDS = 100;

    private final String server;
    private final Semaphore looks = new Semaphore(AT_ONCE);

    TextRecords(Settings settings) {
        Endpoint server = settings.names().dns();
        this.server = server == null
                ? "dns:"
                : "dns://" + (server.host().contains(":") ? "[" + server.host() + "]" : server.host()) + ":"
                        + server.port();
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
            if (!looks.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw Failure.unavailable("too many names are being looked up at the moment; try again in a moment");
            }
        } catch (InterruptedException e) {
            throw stopping();
        }
        CompletableFuture<List<String>> look = new CompletableFuture<>();
        Thread.ofVirtual().name("dns").start(() -> {
            try {
                look.complete(looked(name));
            } catch (NamingException | RuntimeException e) {
                look.completeExceptionally(e);
            } finally {
                looks.release();
            }
        });
        try {
            return look.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw Failure.upstream("DNS did not answer within " + LIMIT.toSeconds() + " s for the TXT record " + name);
        } catch (ExecutionException e) {
            throw Failure.upstream("DNS does not tell the TXT record " + name + ": " + e.getMessage());
        } catch (InterruptedException e) {
            throw stopping();
        }
    }

    private static Failure stopping() {
        Thread.currentThread().interrupt();
        return Failure.unavailable("the server is stopping");
    }

    // The provider takes its settings in no other kind of map; it makes texts of what it gets, and no objects; and a
    // name of
    // plain labels cannot lead to another provider.
    @SuppressWarnings({"JdkObsolete", "BanJNDI"})
    private List<String> looked(String name) throws NamingException {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        environment.put(Context.PROVIDER_URL, server);
        environment.put("com.sun.jndi.dns.timeout.initial", "1000");
        environment.put("com.sun.jndi.dns.timeout.retries", "3");
        InitialDirContext dns = new InitialDirContext(environment);
        try {
            // With its dot: no search list of this machine makes another name of it.
            Attributes found = dns.getAttributes(name + ".", new String[] {"TXT"});
            return texts(found.get("TXT"));
        } catch (NameNotFoundException e) {
            return List.of();
        } finally {
            dns.close();
        }
    }

    private static List<String> texts(@Nullable Attribute records) throws NamingException {
        List<String> texts = new ArrayList<>();
        if (records != null) {
            NamingEnumeration<?> all = records.getAll();
            while (all.hasMore() && texts.size() < MOST_RECORDS) {
                texts.add(String.valueOf(all.next()).replaceAll("^\"|\"$", ""));
            }
        }
        return List.copyOf(texts);
    }
}
