package io.orizuru.event;

import io.orizuru.db.Database;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Leases of this server: taken, renewed, given back. Renewal has a platform thread of its own, which no amount of other
 * work can starve; a lease that could not be renewed in time counts as lost here before the database gives it away.
 */
@ApplicationScoped
public class Leases {
    /** How long a lease lasts without renewal, by the database's clock. */
    public static final Duration TTL = Duration.ofSeconds(15);

    private static final Duration RENEWAL = Duration.ofSeconds(4);
    /** Lost here this much before it is free for others. */
    private static final Duration MARGIN = Duration.ofSeconds(3);

    private static final Logger LOG = Logger.getLogger(Leases.class);

    private final Database database;
    private final ServerIdentity server;
    private final AtomicLong runs = new AtomicLong();
    private final Map<Lease, Held> held = new ConcurrentHashMap<>();
    private volatile boolean stopping;
    private final Thread keeper = new Thread(this::keep, "lease-keeper");

    private static final class Held {
        private volatile long renewedAt;

        private Held(long renewedAt) {
            this.renewedAt = renewedAt;
        }
    }

    Leases(Database database, ServerIdentity server) {
        this.database = database;
        this.server = server;
    }

    /** What a previous life of this very server held is free at once, and what dead ones of this machine held. */
    void start(@Observes @Priority(100) StartupEvent started) {
        free(server.id());
        server.forEachDead(this::free);
        keeper.setDaemon(true);
        keeper.start();
    }

    private void free(String id) {
        database.sql("update lease set expires_at = now() where owner like :owner")
                .param("owner", id + "/%")
                .update();
    }

    void stop(@Observes ShutdownEvent stopped) {
        stopping = true;
        keeper.interrupt();
    }

    /** Takes a lease that is free or expired; empty when somebody holds it. */
    public Optional<Lease> take(String resource) {
        String owner = server.id() + "/" + server.life() + "/" + runs.incrementAndGet();
        long before = System.nanoTime();
        Optional<Lease> taken = database.sql("""
                        insert into lease (resource, owner, epoch, expires_at)
                        values (:resource, :owner, nextval('epoch'), now() + :ttl * interval '1 millisecond')
                        on conflict (resource) do update
                           set owner = excluded.owner, epoch = excluded.epoch, expires_at = excluded.expires_at
                         where lease.expires_at <= now()
                        returning epoch""")
                .param("resource", resource)
                .param("owner", owner)
                .param("ttl", TTL.toMillis())
                .query(Long.class)
                .optional()
                .map(epoch -> new Lease(resource, owner, epoch));
        taken.ifPresent(lease -> held.put(lease, new Held(before)));
        return taken;
    }

    /**
     * Gives a lease back. Part of the transaction that ends an operation: whoever finds its target unlocked finds the lease
     * free as well.
     */
    void giveBack(Lease lease) {
        database.sql("delete from lease where resource = :resource and epoch = :epoch")
                .param("resource", lease.resource())
                .param("epoch", lease.epoch())
                .update();
    }

    /** Gives a lease back if it is held; one that was given back, or is lost, is nobody's business any more. */
    void release(Lease lease) {
        if (held.remove(lease) != null) {
            giveBack(lease);
        }
    }

    /** Forgets a lease without giving it back: it runs out by itself. */
    void forget(Lease lease) {
        held.remove(lease);
    }

    /** Whether this server may still act under it, as far as it can know without asking. */
    public boolean holds(Lease lease) {
        Held renewal = held.get(lease);
        return renewal != null
                && System.nanoTime() - renewal.renewedAt < TTL.minus(MARGIN).toNanos();
    }

    /** Whether it was not found lost yet; while the database is away nobody can find out. */
    boolean knows(Lease lease) {
        return held.containsKey(lease);
    }

    /**
     * Must come first in a transaction that writes under a lease: as long as that transaction lives, nobody can take the
     * lease over.
     *
     * @throws LeaseLost when somebody has
     */
    void fence(Lease lease) {
        boolean mine = database.sql("""
                        select 1 from lease
                         where resource = :resource and owner = :owner and epoch = :epoch and expires_at > now()
                           for share""")
                .param("resource", lease.resource())
                .param("owner", lease.owner())
                .param("epoch", lease.epoch())
                .query(Integer.class)
                .optional()
                .isPresent();
        if (!mine) {
            held.remove(lease);
            throw new LeaseLost(lease);
        }
    }

    private void keep() {
        while (!stopping) {
            try {
                Thread.sleep(RENEWAL);
            } catch (InterruptedException e) {
                return;
            }
            renewAll();
        }
    }

    private void renewAll() {
        held.forEach((lease, renewal) -> {
            long before = System.nanoTime();
            try {
                if (renew(lease)) {
                    renewal.renewedAt = before;
                } else {
                    held.remove(lease);
                }
            } catch (DataAccessException | TransactionException e) {
                LOG.warnf("the lease of %s was not renewed: %s", lease.resource(), e.getMessage());
            } catch (RuntimeException | Error e) {
                // One lease's trouble must not be that of all others.
                LOG.errorf(e, "the lease of %s was not renewed", lease.resource());
            }
        });
    }

    private boolean renew(Lease lease) {
        return database.sql("""
                        update lease set expires_at = now() + :ttl * interval '1 millisecond'
                         where resource = :resource and owner = :owner and epoch = :epoch and expires_at > now()""")
                        .param("ttl", TTL.toMillis())
                        .param("resource", lease.resource())
                        .param("owner", lease.owner())
                        .param("epoch", lease.epoch())
                        .update()
                == 1;
    }
}
