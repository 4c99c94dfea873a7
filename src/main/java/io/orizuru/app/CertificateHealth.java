package io.orizuru.app;

import io.orizuru.server.HealthCheck;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** Tells in time that certificates are over soon. It says how many, not whose: anyone may ask. */
@ApplicationScoped
class CertificateHealth implements HealthCheck {
    private static final Duration SOON = Duration.ofDays(14);

    private final CertificateStore store;

    CertificateHealth(CertificateStore store) {
        this.store = store;
    }

    @Override
    public String name() {
        return "certificates of apps";
    }

    @Override
    public List<String> problems() {
        return List.of();
    }

    @Override
    public List<String> notices() {
        try {
            CertificateStore.Ending ending = store.ending(SOON);
            List<String> notices = new ArrayList<>();
            if (ending.over() > 0) {
                notices.add(ending.over() + " over");
            }
            if (ending.soon() > 0) {
                notices.add(ending.soon() + " over within " + SOON.toDays() + " days");
            }
            return notices;
        } catch (DataAccessException | TransactionException e) {
            // That the database is away, another check says.
            return List.of();
        }
    }
}
