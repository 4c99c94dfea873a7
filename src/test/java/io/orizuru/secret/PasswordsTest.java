package io.orizuru.secret;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.failure.Failure;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PasswordsTest {
    private final Passwords passwords = new Passwords(new SecureRandom());

    @Test
    void onlyTheSamePasswordMatches() {
        String hash = passwords.hash("correct horse");

        assertThat(passwords.verify("correct horse", hash)).isTrue();
        assertThat(passwords.verify("correct hors", hash)).isFalse();
        assertThat(passwords.verify("", hash)).isFalse();
    }

    @Test
    void aHashNamesItsParametersAndHasASaltOfItsOwn() {
        String hash = passwords.hash("correct horse");

        assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
        assertThat(passwords.hash("correct horse")).isNotEqualTo(hash);
    }

    @Test
    void manyAtOnceWaitForTheirTurn() throws InterruptedException, ExecutionException {
        String hash = passwords.hash("correct horse");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(threads.submit(() -> passwords.verify("correct horse", hash)));
            }
            for (Future<Boolean> answer : answers) {
                assertThat(answer.get()).isTrue();
            }
        }
    }

    @Test
    void otherRequestsGoOnWhileManyPasswordsAreHashed() throws Exception {
        String hash = passwords.hash("correct horse");
        SynchronousQueue<Integer> questions = new SynchronousQueue<>();
        SynchronousQueue<Integer> answers = new SynchronousQueue<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService elsewhere = Executors.newSingleThreadExecutor()) {
            List<Future<Boolean>> logIns = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                logIns.add(threads.submit(() -> passwords.verify("correct horse", hash)));
            }
            Future<Boolean> answering = elsewhere.submit(() -> {
                for (int i = 0; i < 30; i++) {
                    answers.put(questions.take());
                }
                return true;
            });
            // What waits again and again, as a request does for the database, between those that compute.
            Future<Integer> request = threads.submit(() -> {
                int sum = 0;
                for (int i = 0; i < 30; i++) {
                    questions.put(1);
                    sum += answers.take();
                }
                return sum;
            });

            assertThat(request.get(1, TimeUnit.MINUTES)).isEqualTo(30);
            assertThat(answering.get(1, TimeUnit.MINUTES)).isTrue();
            assertThat(logIns).as("log-ins when the request is answered").anyMatch(logIn -> !logIn.isDone());
            for (Future<Boolean> logIn : logIns) {
                assertThat(logIn.get()).isTrue();
            }
        }
    }

    @Test
    void moreThanCanWaitAreRefusedAtOnce() throws Exception {
        String hash = passwords.hash("correct horse");
        Passwords narrow = new Passwords(new SecureRandom(), 1);
        int refused = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                answers.add(threads.submit(() -> narrow.verify("correct horse", hash)));
            }
            for (Future<Boolean> answer : answers) {
                try {
                    assertThat(answer.get()).isTrue();
                } catch (ExecutionException e) {
                    assertThat(e.getCause()).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind())
                            .isEqualTo(Failure.Kind.UNAVAILABLE));
                    refused++;
                }
            }
        }
        assertThat(refused).isBetween(1, 38);
        assertThat(narrow.verify("correct horse", hash)).as("afterwards").isTrue();
    }
}
