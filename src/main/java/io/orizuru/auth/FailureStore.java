package io.orizuru.auth;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/** Log-ins that failed lately, the same for all servers of the database. */
@ApplicationScoped
class FailureStore {
    private final Database database;

    FailureStore(Database database) {
        this.database = database;
    }

    /**
     * Counts an attempt as failed before it is made, so that many at once cannot all slip through; false when the subject is
     * blocked at the moment.
     *
     * @param free how many in a row delay nobody
     * @param memory how long a failure is remembered; also the longest delay
     */
    boolean count(byte[] subject, int free, Duration memory) {
        return database.sql("""
                        insert into login_failure as f (subject, failures, last_at, blocked_until)
                        values (:subject, 1, now(), now())
                        on conflict (subject) do update set
                            failures = case when f.blocked_until + :memory * interval '1 second' < now()
                                            then 1 else f.failures + 1 end,
                            last_at = now(),
                            blocked_until = case
                                when f.blocked_until + :memory * interval '1 second' < now() or f.failures + 1 < :free
                                then now()
                                else now() + least(:memory, power(2, least(f.failures + 1 - :free, 20)))
                                             * interval '1 second' end
                         where f.blocked_until <= now()""")
                        .param("subject", subject)
                        .param("free", free)
                        .param("memory", memory.toSeconds())
                        .update()
                == 1;
    }

    /** How long a subject is blocked from now on; zero when it is not. */
    Duration blocked(byte[] subject) {
        return database.sql("""
                        select ceil(extract(epoch from blocked_until - now()))::bigint from login_failure
                         where subject = :subject and blocked_until > now()""")
                .param("subject", subject)
                .query(Long.class)
                .optional()
                .map(Duration::ofSeconds)
                .orElse(Duration.ZERO);
    }

    void forget(byte[] subject) {
        database.sql("delete from login_failure where subject = :subject")
                .param("subject", subject)
                .update();
    }

    void forgetOlderThan(Duration age) {
        database.sql("delete from login_failure where blocked_until < now() - :age * interval '1 second'")
                .param("age", age.toSeconds())
                .update();
    }
}
