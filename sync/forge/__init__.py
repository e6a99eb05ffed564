"""The only room that speaks to GitHub and GitLab: the one comment that a report has there."""

from sync.forge.github import GitHub
from sync.forge.gitlab import GitLab
from sync.forge.sticky import Comment, Forge, Posted, post

__all__ = ["Comment", "Forge", "GitHub", "GitLab", "Posted", "post"]
