package io.orizuru.router;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Brings requests to units by the name they ask for. Declarative: {@link #apply} says what should be, {@link #observe}
 * what is.
 */
public interface Router {
    /** Its name in the settings, for example {@code main}. */
    String name();

    /** Its type: {@code builtin}, {@code api}, … */
    String type();

    /** Whether it holds certificates of apps, and lets their visitors in over TLS. */
    boolean tls();

    /**
     * Makes the app's routes be exactly these. When it returns, every request that arrives from then on is served by
     * them; requests under way go on where they are.
     *
     * @throws io.orizuru.failure.StaleEpochException when {@link AppRoutes#epoch()} is lower than the highest seen for
     *     that app
     */
    void apply(AppRoutes routes);

    /** All routes, as they are. */
    List<AppRoutes> observe();

    /**
     * Makes the certificates of these apps be exactly these, all in one switch: whoever connects from then on is shown them.
     * Connections that are open go on. Those with an epoch lower than the highest seen for their app change nothing.
     */
    void applyCertificates(List<AppCertificates> certificates);

    /** All certificates, as they are. */
    List<AppCertificates> observeCertificates();

    /**
     * Waits until no request is under way at these backends.
     *
     * @return false when some still are after {@code limit}
     */
    boolean awaitIdle(Set<Backend> backends, Duration limit);

    /**
     * Sends nothing to these units, whose processes have ended, though routes lead there. It is no part of the routes: it is
     * said when it changes, again every second, and forgotten when it is not said for some. Returns at once.
     *
     * @param teller who says so; what it said before is void
     */
    default void absent(String teller, Set<String> units) {}

    /** What was seen of the requests to an app's units, by each router that goes by this name and answers. */
    List<Traffic> traffic(String app);
}
