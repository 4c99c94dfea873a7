package io.orizuru.event;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Which of the servers of one machine looks after its units: takes their output, starts again those that ended. It is a
 * lease like any other. While the database is away the one that had it last goes on: units must not depend on the database,
 * and nobody else can get it meanwhile.
 */
@ApplicationScoped
public class MachineWatch {
    private static final Logger LOG = Logger.getLogger(MachineWatch.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Leases leases;
    private final ServerIdentity server;
    private final Thread taker = Thread.ofVirtual().name("machine-watch").unstarted(this::takeAll);
    private volatile boolean stopping;
    private volatile @Nullable Lease lease;

    MachineWatch(Leases leases, ServerIdentity server) {
        this.leases = leases;
        this.server = server;
    }

    /** Whether it is this one. */
    public boolean mine() {
        Lease current = lease;
        return server.alone() || (current != null && leases.knows(current));
    }

    void start(@Observes @Priority(190) StartupEvent started) {
        if (!server.alone()) {
            take();
            taker.start();
        }
    }

    /** After the engine has closed. */
    void stop(@Observes @Priority(2100) ShutdownEvent stopped) {
        stopping = true;
        taker.interrupt();
        Lease current = lease;
        if (current != null) {
            try {
                leases.release(current);
            } catch (DataAccessException | TransactionException e) {
                LOG.debugf("the lease of the machine runs out by itself: %s", e.getMessage());
            }
        }
    }

    private void takeAll() {
        while (!stopping) {
            try {
                Thread.sleep(LOOK);
                if (!mine()) {
                    take();
                }
            } catch (InterruptedException e) {
                return;
            } catch (DataAccessException | TransactionException e) {
                LOG.debugf("nobody can take the machine's lease now: %s", e.getMessage());
            } catch (RuntimeException | Error e) {
                LOG.errorf(e, "the machine's lease was not taken this time");
            }
        }
    }

    private void take() {
        leases.take("machine/" + server.machine()).ifPresent(taken -> lease = taken);
    }
}
