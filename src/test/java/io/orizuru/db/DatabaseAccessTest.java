package io.orizuru.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.secret.Secret;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DatabaseAccessTest {
    @ParameterizedTest
    @MethodSource
    void credentialsAreTakenOutOfTheUrl(String url, DatabaseAccess access) {
        assertThat(DatabaseAccess.of(new Secret(url))).isEqualTo(access);
    }

    static Stream<Arguments> credentialsAreTakenOutOfTheUrl() {
        return Stream.of(
                Arguments.of(
                        "postgresql://orizuru:p%40ss+1@db.example.com:5433/main?sslmode=require",
                        access(
                                "jdbc:postgresql://db.example.com:5433/main?sslmode=require&requireAuth=scram-sha-256",
                                "orizuru",
                                "p@ss+1")),
                Arguments.of(
                        "postgres://orizuru@[::1]/main",
                        new DatabaseAccess("jdbc:postgresql://[::1]/main", "orizuru", null)),
                Arguments.of(
                        "jdbc:postgresql://a.example,b.example/main?user=orizuru&password=x%26y&targetServerType=primary",
                        access(
                                "jdbc:postgresql://a.example,b.example/main?targetServerType=primary&requireAuth=scram-sha-256",
                                "orizuru",
                                "x&y")),
                Arguments.of(
                        "postgresql://orizuru:secret@db.example.com/main?requireAuth=md5",
                        access("jdbc:postgresql://db.example.com/main?requireAuth=md5", "orizuru", "secret")),
                Arguments.of(
                        "jdbc:postgresql://db.example.com/main",
                        new DatabaseAccess("jdbc:postgresql://db.example.com/main", null, null)));
    }

    @Test
    void aUrlThatCannotBeReadIsNotShown() {
        assertThatThrownBy(() -> DatabaseAccess.of(new Secret("postgresql://orizuru:p<ss@db.example.com/main")))
                .hasMessage("the database URL is not a URL (is a character not percent-encoded?)")
                .hasNoCause();
    }

    private static DatabaseAccess access(String url, String user, String password) {
        return new DatabaseAccess(url, user, new Secret(password));
    }
}
