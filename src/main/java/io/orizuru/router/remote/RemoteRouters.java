package io.orizuru.router.remote;

import io.orizuru.config.Endpoint;
import io.orizuru.config.Settings;
import io.orizuru.config.Settings.RoutersApart;
import io.orizuru.failure.StaleEpochException;
import io.orizuru.outgoing.Trust;
import io.orizuru.router.AppCertificates;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.Router;
import io.orizuru.router.Traffic;
import io.orizuru.router.Wakes;
import io.orizuru.router.builtin.BuiltinRouter;
import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.remote.Wire.AppAtRouter;
import io.orizuru.router.remote.Wire.Known;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The routers that run apart, as a server sees them: all of them have the same routes. What they should have is kept here
 * in a data plane that does not listen, so that a router that was away can be told all of it.
 */
public final class RemoteRouters implements AutoCloseable {
    private final DataPlane mirror = new DataPlane(BuiltinRouter.Options.of(new Endpoint("127.0.0.1", 0)));
    private final List<Link> links;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean started;
    private Wire.Absent absent = new Wire.Absent("", Set.of());

    /**
     * Whether a router is live.
     *
     * @param trouble why it is away; null when it is live
     * @param owed apps whose routes it has not got yet
     */
    public record State(URI admin, @Nullable String trouble, int owed) {}

    /** @throws UncheckedIOException when the credential or the authorities cannot be read */
    public RemoteRouters(RoutersApart settings) {
        Credential credential = Credential.of(settings);
        Trust trust = trust(settings.authorities());
        this.links = settings.admins().stream()
                .map(admin -> new Link(admin, credential, trust, mirror))
                .toList();
    }

    private static Trust trust(@Nullable Path authorities) {
        try {
            return authorities == null ? Trust.standard() : Trust.standard().authorities(Files.readString(authorities));
        } catch (IOException e) {
            throw new UncheckedIOException("--router-authorities: " + authorities + " cannot be read", e);
        }
    }

    /**
     * Brings all routers that answer to the routes that were applied until now, and keeps them there. Until then applied
     * routes are only noted. Takes 10 s at most.
     */
    public void start() {
        started = true;
        all(link -> {
            link.look();
            return true;
        });
        links.forEach(Link::start);
    }

    /** One of the named routers that all these routers serve. */
    public Router named(Settings.RouterSettings router) {
        return new Named(router.name(), router.type(), router.tls());
    }

    /** Where these routers call for apps that are asleep and have visitors. */
    public Wakes wakes() {
        return mirror.wakes();
    }

    public List<State> states() {
        return links.stream()
                .map(link -> new State(link.admin(), link.trouble(), link.owed()))
                .toList();
    }

    /** Stops telling them; they go on with what they have. */
    @Override
    public void close() {
        links.forEach(Link::close);
        threads.shutdownNow();
    }

    private void apply(String router, AppRoutes routes) {
        mirror.applyAll(List.of(new DataPlane.Named(router, routes))).forEach(refused -> {
            throw new StaleEpochException(
                    routes.app(), routes.epoch(), refused.routes().epoch());
        });
        if (!started) {
            return;
        }
        AppAtRouter key = new AppAtRouter(router, routes.app());
        for (List<Known> refused : all(link -> link.push(key))) {
            for (Known each : refused) {
                // Another server has told it more than we know.
                throw new StaleEpochException(routes.app(), routes.epoch(), each.epoch());
            }
        }
    }

    private void applyCertificates(String router, List<AppCertificates> certificates) {
        List<DataPlane.NamedCertificates> named = certificates.stream()
                .map(each -> new DataPlane.NamedCertificates(router, each))
                .toList();
        mirror.applyCertificates(named);
        if (started) {
            Set<AppAtRouter> keys =
                    named.stream().map(each -> Wire.Known.of(each).key()).collect(Collectors.toSet());
            all(link -> {
                link.pushCertificates(keys);
                return true;
            });
        }
    }

    /** Named routers all say the same: it is sent once, and again by whoever looks at a router every second. */
    private synchronized void absent(Wire.Absent now) {
        if (now.equals(absent)) {
            return;
        }
        absent = now;
        for (Link link : links) {
            link.owe(now);
            if (started) {
                threads.execute(link::tellAbsent);
            }
        }
    }

    /** Asks all at once. */
    private <T> List<T> all(Function<Link, T> question) {
        List<Future<T>> asked = new ArrayList<>();
        for (Link link : links) {
            asked.add(threads.submit(() -> question.apply(link)));
        }
        List<T> answers = new ArrayList<>();
        for (Future<T> each : asked) {
            try {
                answers.add(each.get());
            } catch (InterruptedException e) {
                asked.forEach(future -> future.cancel(true));
                Thread.currentThread().interrupt();
                return answers;
            } catch (ExecutionException e) {
                throw new IllegalStateException("a router could not be told", e.getCause());
            }
        }
        return answers;
    }

    private final class Named implements Router {
        private final String name;
        private final String type;
        private final boolean tls;

        private Named(String name, String type, boolean tls) {
            this.name = name;
            this.type = type;
            this.tls = tls;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String type() {
            return type;
        }

        @Override
        public boolean tls() {
            return tls;
        }

        /**
         * {@inheritDoc}
         *
         * <p>Of all routers that are live. One that goes away meanwhile is waited for a few seconds; one that is away gets
         * the routes when it is back.
         */
        @Override
        public void apply(AppRoutes routes) {
            RemoteRouters.this.apply(name, routes);
        }

        @Override
        public List<AppRoutes> observe() {
            return mirror.routes().routes().stream()
                    .filter(each ->
                            each.router().equals(name) && !each.routes().hosts().isEmpty())
                    .map(DataPlane.Named::routes)
                    .toList();
        }

        @Override
        public void applyCertificates(List<AppCertificates> certificates) {
            RemoteRouters.this.applyCertificates(name, certificates);
        }

        @Override
        public List<AppCertificates> observeCertificates() {
            return mirror.certificates().certificates().stream()
                    .filter(each -> each.router().equals(name)
                            && !each.certificates().certificates().isEmpty())
                    .map(DataPlane.NamedCertificates::certificates)
                    .toList();
        }

        @Override
        public boolean awaitIdle(Set<Backend> backends, Duration limit) {
            return all(link -> link.awaitIdle(backends, limit)).stream().allMatch(idle -> idle);
        }

        @Override
        public void absent(String teller, Set<String> units) {
            RemoteRouters.this.absent(new Wire.Absent(teller, units));
        }

        @Override
        public List<Traffic> traffic(String app) {
            return all(link -> link.traffic(app)).stream()
                    .flatMap(Optional::stream)
                    .toList();
        }
    }
}
