"""What a reader is told of a key or a plugin: `stagewright explain`, `plugins`, the pages of docs/plugins."""
