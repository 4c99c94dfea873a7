package io.orizuru.deploy;

import io.orizuru.failure.Failure;
import io.orizuru.git.Repository;
import io.orizuru.http.Body;
import io.orizuru.http.Upload;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a deploy is made of: exactly one thing. Which permission it takes follows from it and from nothing else, and nothing
 * else of the request is deployed.
 */
sealed interface Source {
    /** What is built first. */
    sealed interface Files extends Source {}

    /** What an app ran before. */
    sealed interface Earlier extends Source {
        String PERMISSION = "app.deploy.rollback";
    }

    /** An archive that came with the request. */
    record Archive(Upload upload) implements Files {}

    /** An archive that is fetched. */
    record ArchiveUrl(String url) implements Files {}

    /** What a repository has at a reference. */
    record Commit(Repository repository) implements Files {}

    /** An image that a version of the app has, deployed as such. */
    record Image(String name) implements Source {}

    /** A version of the app to go back to: its number, {@code v} and its number, or its image. */
    record EarlierVersion(String image) implements Earlier {}

    /** A release of the app to go back to as a whole. */
    record EarlierRelease(int number) implements Earlier {}

    /** The files of the newest version, built once more. */
    record Newest() implements Source {}

    String FILE = "file";
    String ARCHIVE_URL = "archive-url";
    String GIT_URL = "git-url";
    String IMAGE = "image";
    String DOCKERFILE = "dockerfile";

    /** The permission to deploy it. */
    default String permission() {
        return switch (this) {
            case Archive _ -> "app.deploy.upload";
            case ArchiveUrl _ -> "app.deploy.archive-url";
            case Commit _ -> "app.deploy.git";
            case Image _ -> "app.deploy.image";
            case Earlier _ -> Earlier.PERMISSION;
            case Newest _ -> "app.deploy";
        };
    }

    /** What a deploy of it is called where the request calls it nothing. It is a name for people: nothing depends on it. */
    default String usualOrigin() {
        return switch (this) {
            case Archive _ -> "app-deploy";
            case ArchiveUrl _ -> "app-deploy";
            case Commit _ -> "git";
            case Image _ -> "image";
            case Earlier _ -> "rollback";
            case Newest _ -> "";
        };
    }

    /**
     * What a request wants deployed.
     *
     * @throws Failure invalid, when that is nothing, more than one thing, or nothing that is built here
     */
    static Source of(Body body) {
        List<Source> named = named(body);
        if (named.isEmpty()) {
            throw Failure.invalid("you must specify either the archive-url, a image url or upload a file.");
        }
        if (named.size() > 1) {
            throw Failure.invalid("the deploy names more than one thing to deploy: "
                    + named.stream().map(Source::field).collect(Collectors.joining(" and "))
                    + "; name one of file, archive-url, git-url and image");
        }
        return named.getFirst();
    }

    /**
     * What a request wants to go back to.
     *
     * @param release the number of a whole release; null when it is about a version
     * @throws Failure invalid, when that is nothing, or not what an app ran before
     */
    static Earlier earlier(Body body, @Nullable Integer release) {
        List<Source> named = named(body);
        for (Source source : named) {
            if (!(source instanceof Image) || release != null) {
                throw Failure.invalid("a rollback goes back to what the app ran before, which is named by image or by"
                        + " release alone; " + source.field() + " is nothing for it");
            }
        }
        if (release != null) {
            return new EarlierRelease(release);
        }
        if (named.isEmpty()) {
            throw Failure.invalid("you cannot rollback without an image name");
        }
        return new EarlierVersion(((Image) named.getFirst()).name());
    }

    /**
     * The newest version's files, for a request that is about these alone.
     *
     * @throws Failure invalid, when it names something else
     */
    static Newest newest(Body body) {
        for (Source source : named(body)) {
            throw Failure.invalid("a rebuild takes the files of the newest version; " + source.field()
                    + " is nothing for it: deploy that instead");
        }
        return new Newest();
    }

    private static List<Source> named(Body body) {
        if (!single(body, DOCKERFILE).isEmpty()) {
            throw Failure.invalid(
                    "a Dockerfile is not built here: deploy the app's files with a Procfile, for its platform");
        }
        List<Source> named = new ArrayList<>();
        for (String name : body.uploads()) {
            Upload upload = body.upload(name);
            if (upload == null || !name.equals(FILE)) {
                throw Failure.invalid(
                        "the form has a file \"" + name + "\"; the archive is the one that is named \"" + FILE + "\"");
            }
            named.add(new Archive(upload));
        }
        String url = single(body, ARCHIVE_URL);
        if (!url.isEmpty()) {
            named.add(new ArchiveUrl(url));
        }
        Repository repository = repository(body);
        if (repository != null) {
            named.add(new Commit(repository));
        }
        String image = single(body, IMAGE);
        if (!image.isEmpty()) {
            named.add(new Image(image));
        }
        return named;
    }

    private static @Nullable Repository repository(Body body) {
        String url = single(body, GIT_URL);
        String ref = single(body, "git-ref");
        String user = single(body, "git-user");
        String password = single(body, "git-password");
        if (!url.isEmpty()) {
            return Repository.of(url, ref, user, password);
        }
        String alone =
                !ref.isEmpty() ? "git-ref" : !user.isEmpty() ? "git-user" : !password.isEmpty() ? "git-password" : "";
        if (!alone.isEmpty()) {
            throw Failure.invalid(alone + " is given without git-url");
        }
        return null;
    }

    /** The one value that a name has, wherever it stands; empty for none. What it is is not repeated: it may be a password. */
    private static String single(Body body, String name) {
        List<String> values = body.everywhere(name);
        if (values.size() > 1) {
            throw Failure.invalid(name + " is given " + values.size() + " times, with different values; give it once");
        }
        return values.isEmpty() ? "" : values.getFirst();
    }

    private String field() {
        return switch (this) {
            case Archive _ -> FILE;
            case ArchiveUrl _ -> ARCHIVE_URL;
            case Commit _ -> GIT_URL;
            case Image _ -> IMAGE;
            case EarlierVersion _ -> IMAGE;
            case EarlierRelease _ -> "release";
            case Newest _ -> "nothing";
        };
    }
}
