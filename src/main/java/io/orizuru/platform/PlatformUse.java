package io.orizuru.platform;

/** Another room that refers to platforms. A platform that is referred to is not removed. */
public interface PlatformUse {
    boolean uses(String platform);
}
