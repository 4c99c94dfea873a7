package io.orizuru.platform;

/** Another room that refers to platforms. A platform that is referred to is not removed. */
public interface PlatformUse {
    boolean uses(String platform);

    /** The platform is another one from now on: nothing that was built for it before may be built on. */
    void updated(String platform);
}
