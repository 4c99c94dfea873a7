package io.orizuru;

import io.orizuru.config.Settings;
import io.orizuru.db.Database;
import io.orizuru.plan.Plans;
import io.orizuru.role.Roles;
import io.orizuru.secret.Secret;
import io.orizuru.user.Users;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.util.Base64;

/** What a new server begins with: its administrator, the role that may do all, the plans. Nothing else. */
@Singleton
class FirstStart {
    private static final int PASSWORD_BYTES = 15;

    private final Settings settings;
    private final Users users;
    private final Roles roles;
    private final Plans plans;
    private final Database database;
    private final SecureRandom random;

    FirstStart(Settings settings, Users users, Roles roles, Plans plans, Database database, SecureRandom random) {
        this.settings = settings;
        this.users = users;
        this.roles = roles;
        this.plans = plans;
        this.database = database;
        this.random = random;
    }

    void seed(@Observes @Priority(50) StartupEvent started) {
        database.transact(() -> {
            // Two servers may make their first start on one database at once.
            database.sql("lock table account in share row exclusive mode").update();
            seedAll();
        });
    }

    private void seedAll() {
        plans.seed();
        Secret given = settings.adminPassword();
        String password = given == null ? randomPassword() : given.value();
        if (!users.createFirst(settings.adminEmail(), password)) {
            return;
        }
        roles.makeAdministrator(settings.adminEmail());
        Launch.current().madeAdministrator(settings.adminEmail(), password);
        if (given == null && !Launch.current().isTour()) {
            announce(settings.adminEmail(), password);
        }
    }

    private String randomPassword() {
        byte[] bytes = new byte[PASSWORD_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Shown once, on the terminal and never in the log. */
    @SuppressWarnings("SystemOut")
    private static void announce(String email, String password) {
        System.err.println(
                "orizuru: the administrator is " + email + " with the password " + password + " (shown this once)");
    }
}
