"""Talk to GitHub and GitLab: post a report as one comment on a pull or merge request."""

from sync.forge.github import GitHub
from sync.forge.gitlab import GitLab
from sync.forge.sticky import Comment, Forge, PostOutcome, post_comment

__all__ = ["Comment", "Forge", "GitHub", "GitLab", "PostOutcome", "post_comment"]
